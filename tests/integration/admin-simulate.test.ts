import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { strategies } from '../../app/scheduler/rules.ts';
import { decision } from '../../app/server/admin/contract-scheduling.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { TestApp } from '../support/test-app.ts';

const states = 200;
const model = 'claude-sonnet-4-5';
const chain = z.object(decision);

let app: TestApp;
let ids: readonly string[];
let groupId: string;

beforeAll(async () => {
  app = await TestApp.start({ upstreams: 4 });
  for (const upstream of app.upstreams) upstream.answer(() => says('ok'));
  ids = z
    .array(z.object({ id: z.string() }))
    .parse(await app.admin('/accounts'))
    .map(({ id }) => id);
  const made = await ask('POST', '/groups', { name: 'team', members: [] });
  groupId = z.object({ id: z.string() }).parse(made).id;
});
afterAll(() => app[Symbol.asyncDispose]());

async function ask(method: string, path: string, body: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${app.app.controlToken}`, 'content-type': 'application/json' };
  const text = JSON.stringify(body);
  const reply = await app.request({ method, path: `/admin/api${path}`, headers, body: Buffer.from(text) });
  expect({ path, status: reply.status, text: reply.text }).toMatchObject({ status: 200 });
  return reply.json();
}

/** The same numbers on every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test(`what the simulator tells through the admin API is what the next call meets: ${states} random states`, async () => {
  const roll = dice(20_261_128);
  for (let state = 0; state < states; state += 1) {
    const id = ids[roll(ids.length)] ?? '';
    const models = [[], ['claude-*'], ['gpt-*']][roll(3)];
    const sharing = ['shared', 'dedicated', 'only-me'][roll(3)];
    await ask('PATCH', `/accounts/${id}`, { priority: 1 + roll(3), weight: 1 + roll(9), models, care: { sharing } });
    await ask('POST', `/accounts/${ids[roll(ids.length)]}/${roll(3) === 0 ? 'pause' : 'resume'}`, {});
    await ask('PATCH', '/routing/rules', { strategy: strategies[roll(strategies.length)] });
    const members = ids.filter(() => roll(2) === 0).map((accountId) => ({ accountId }));
    await ask('PATCH', `/groups/${groupId}`, { members });
    const bound = roll(4) === 0 ? { groupId } : { groupId: null };
    await ask('PATCH', `/keys/${app.keyId}`, { ...bound, isOwn: roll(4) > 0 });

    const told = chain.parse(await ask('POST', '/routing/simulate', { model, key: app.keyId }));
    const messages = [{ role: 'user', content: `state ${state}` }];
    const reply = await app.messages({ model, max_tokens: 16, messages });
    const met = chain.parse(await app.admin(`/usage/${reply.header('x-waystation-request-id')}`));
    expect({ state, chain: shapeOf(met) }).toEqual({ state, chain: shapeOf(told) });
    expect(reply.status === 200).toBe(told.verdicts.some(({ rank }) => rank === 0));
  }
}, 120_000);

/** Who came where, and why others did not. */
function shapeOf({ strategy, groupId: group, verdicts }: z.output<typeof chain>) {
  const shown = verdicts.map(({ accountId, rank, skipped }) => ({ accountId, rank, skipped }));
  return { strategy, group, verdicts: shown.toSorted((a, b) => a.accountId.localeCompare(b.accountId)) };
}
