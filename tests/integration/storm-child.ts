import { readdirSync } from 'node:fs';
import { createApp } from '../../app/app.ts';
import type { Clock } from '../../app/domain/clock.ts';
import { ownTimeMs } from '../support/own-time.ts';
import { testConfig } from '../support/test-app.ts';

/**
 * A whole relay in a process of its own, for which time passes `speed` times as fast: arguments are its data folder, the
 * speed, and the addresses of its upstreams. Says where it listens, with which key, and when asked what CPU it has used
 * and, when it was told to watch that, how long a turn of its event loop took at most, in time of its own. With
 * `--expose-gc` it also says what it holds: bytes that cannot be collected, and its open files.
 */
const [dataDir = '', speed = '1', ...upstreams] = process.argv.slice(2);
const factor = Number(speed);
const startedAt = Date.now();
const startedMonotonic = performance.now();
const elapsed = () => (performance.now() - startedMonotonic) * factor;

const clock: Clock = {
  now: () => Math.round(startedAt + elapsed()),
  monotonic: elapsed,
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs / factor);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

const app = await createApp(testConfig(dataDir), { clock, warn: () => undefined });
const { port } = await app.start();
for (const [index, baseUrl] of upstreams.entries()) {
  await app.parts.accountRepository.create({
    ...{ name: `upstream-${index}`, provider: 'anthropic', settings: { baseUrl }, priority: 10 + index },
    ...{ secretText: `sk-ant-upstream-${index}`, allowLocalUpstream: true },
  });
}
await app.parts.accounts.reload();
const { secret } = await app.parts.keyRepository.create({ name: 'storm' });
await app.parts.keys.reload();

let longestMs = 0;

/** It costs something itself, so only who wants to know has it. */
function watchTurns(): void {
  let lastMs = ownTimeMs();
  setInterval(() => {
    const ms = ownTimeMs();
    longestMs = Math.max(longestMs, ms - lastMs);
    lastMs = ms;
  }, 1);
}

/** Twice, because what the first collection finalises is let go by the second. */
function held() {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return { heldBytes: heapUsed + external, openFiles: readdirSync('/proc/self/fd').length };
}

process.on('message', (message) => {
  if (message === 'watch-turns') return watchTurns();
  if (message === 'tell-held') return process.send?.(held());
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1_000, now: clock.now(), longestMs });
  longestMs = 0;
});
process.on('disconnect', () => process.exit());
process.send?.({ port, secret, controlToken: app.controlToken });
