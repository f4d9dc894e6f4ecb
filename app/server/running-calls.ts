/** The calls that are not settled yet: stopping waits for them, and aborts what is left. */
export class RunningCalls {
  /** With the call's id. */
  readonly #controllers = new Map<AbortController, string>();
  #whenIdle: PromiseWithResolvers<void> | undefined;

  get size(): number {
    return this.#controllers.size;
  }

  begin(requestId: string): AbortController {
    const controller = new AbortController();
    this.#controllers.set(controller, requestId);
    return controller;
  }

  /** After the call's row is written, not when its client leaves. */
  end(controller: AbortController): void {
    this.#controllers.delete(controller);
    if (this.#controllers.size === 0) this.#whenIdle?.resolve();
  }

  abortAll(): void {
    for (const controller of this.#controllers.keys()) controller.abort();
  }

  /** False when it is over already. */
  abort(requestId: string): boolean {
    for (const [controller, id] of this.#controllers) {
      if (id !== requestId) continue;
      controller.abort();
      return true;
    }
    return false;
  }

  /** Resolves once no call is left. */
  async idle(): Promise<void> {
    if (this.#controllers.size === 0) return;
    this.#whenIdle ??= Promise.withResolvers<void>();
    await this.#whenIdle.promise;
  }
}
