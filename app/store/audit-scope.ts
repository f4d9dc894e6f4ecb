import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Who made a change: a command on this computer, the desktop shell or command line over HTTP, a signed-in browser, a member on
 * their own page, or who was invited.
 */
export interface Actor {
  readonly kind: 'command' | 'control' | 'session' | 'member' | 'invite';
  /** Of the session, the member or their key, or the invite. */
  readonly id?: string | undefined;
  readonly address?: string | undefined;
  /** Of a member who signed in to the admin pages; whoever sits at this computer has none. */
  readonly role?: 'owner' | 'admin' | 'viewer' | undefined;
}

export interface AuditedChange {
  readonly actor: Actor;
  /** The name of the route. */
  readonly action: string;
  readonly at: number;
}

/** Knows, wherever a write happens, on whose behalf it does. */
export class AuditScope {
  readonly #running = new AsyncLocalStorage<{ readonly change: AuditedChange; isOver: boolean }>();

  async run<T>(change: AuditedChange, work: () => Promise<T>): Promise<T> {
    const scope = { change, isOver: false };
    return await this.#running.run(scope, async () => {
      try {
        return await work();
      } finally {
        // Timers that the change started live on, and what they do later is nobody's change.
        scope.isOver = true;
      }
    });
  }

  get current(): AuditedChange | undefined {
    const scope = this.#running.getStore();
    return scope?.isOver === false ? scope.change : undefined;
  }
}
