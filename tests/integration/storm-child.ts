import { createApp } from '../../app/app.ts';
import type { Clock } from '../../app/domain/clock.ts';
import { testConfig } from '../support/test-app.ts';

/**
 * A whole relay in a process of its own, for which time passes `speed` times as fast: arguments are its data folder, the
 * speed, and the addresses of its upstreams. Says where it listens, with which key, and what CPU it has used when asked.
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

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1_000, now: clock.now() });
});
process.on('disconnect', () => process.exit());
process.send?.({ port, secret });
