import { readFileSync } from 'node:fs';
import type { CDPSession } from 'playwright-core';
import { invokeFromPage } from './ipc.ts';

const world = 'electron-preload';
const binding = '__electronDouble';

/**
 * Runs the built preload script in a real isolated world of every page. What it exposes crosses to the page's own world as
 * JSON over DOM events, so that neither sees the other's objects; what it asks goes through a binding that its world alone has.
 */
export async function runPreload(devTools: CDPSession, file: string, contents: { getURL(): string }): Promise<void> {
  devTools.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
    if (name !== binding) return;
    const { id, channel, args } = JSON.parse(payload);
    const reply = (result: object) =>
      devTools.send('Runtime.evaluate', {
        contextId: executionContextId,
        expression: `globalThis.__electronReply(${JSON.stringify({ id, ...result })})`,
      });
    invokeFromPage(channel, args, contents.getURL())
      .then(
        (value) => reply({ value }),
        (error) => reply({ error: `Error invoking remote method '${channel}': ${error}` }),
      )
      // The page may be gone by now.
      .catch(() => undefined);
  });
  await devTools.send('Runtime.enable');
  await devTools.send('Runtime.addBinding', { name: binding, executionContextName: world });
  await devTools.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${pageSide})()` });
  const script = readFileSync(file, 'utf8');
  await devTools.send('Page.addScriptToEvaluateOnNewDocument', {
    worldName: world,
    source: `(${isolatedSide})((require, module, exports) => {${script}\n});`,
  });
}

/** In the page's world: an exposed name becomes a frozen object of functions. */
function pageSide(): void {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  const read = (event: Event) => JSON.parse((event as CustomEvent<string>).detail);
  window.addEventListener('electron-double-expose', (event) => {
    const { name, methods } = read(event) as { name: string; methods: string[] };
    const call = (method: string, args: unknown[]) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        const detail = JSON.stringify({ id: lastId, name, method, args });
        window.dispatchEvent(new CustomEvent('electron-double-call', { detail }));
      });
    const entries = methods.map((method) => [method, (...args: unknown[]) => call(method, args)]);
    Object.defineProperty(window, name, { value: Object.freeze(Object.fromEntries(entries)) });
  });
  window.addEventListener('electron-double-result', (event) => {
    const { id, value, error } = read(event) as { id: number; value: unknown; error?: string };
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error === undefined) resolve?.(value);
    else reject?.(new Error(error));
  });
}

/** In the world of the preload script, which may ask for `electron` and gets two parts of it. */
function isolatedSide(script: (require: unknown, module: unknown, exports: unknown) => void): void {
  if (window.top !== window) return;
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const exposed = new Map<string, Record<string, (...args: unknown[]) => unknown>>();
  let lastId = 0;
  const ask: unknown = Reflect.get(globalThis, '__electronDouble');
  Reflect.set(globalThis, '__electronReply', (reply: { id: number; value?: unknown; error?: string }) => {
    const { resolve, reject } = waiting.get(reply.id) ?? {};
    waiting.delete(reply.id);
    if (reply.error === undefined) resolve?.(reply.value);
    else reject?.(new Error(reply.error));
  });
  const ipcRenderer = {
    invoke: (channel: string, ...args: unknown[]) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        if (typeof ask === 'function') ask(JSON.stringify({ id: lastId, channel, args }));
      }),
  };
  const contextBridge = {
    exposeInMainWorld(name: string, api: Record<string, (...args: unknown[]) => unknown>) {
      exposed.set(name, api);
      const detail = JSON.stringify({ name, methods: Object.keys(api) });
      window.dispatchEvent(new CustomEvent('electron-double-expose', { detail }));
    },
  };
  window.addEventListener('electron-double-call', (event) => {
    const { id, name, method, args } = JSON.parse((event as CustomEvent<string>).detail);
    const tell = (result: object) => {
      const detail = JSON.stringify({ id, ...result });
      window.dispatchEvent(new CustomEvent('electron-double-result', { detail }));
    };
    Promise.resolve(exposed.get(name)?.[method]?.(...args)).then(
      (value) => tell({ value }),
      (error) => tell({ error: String(error instanceof Error ? error.message : error) }),
    );
  });
  const require = (name: string) => {
    if (name !== 'electron') throw new Error(`module not found: ${name}`);
    return { contextBridge, ipcRenderer };
  };
  const module = { exports: {} };
  script(require, module, module.exports);
}
