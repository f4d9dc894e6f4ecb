import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Input, Operations, Output } from '../server/admin/contract.ts';
import { routes } from '../server/admin/contract.ts';
import { clientKind, strategy } from '../server/admin/contract-scheduling.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { definitionList } from './definitions.ts';
import { choiceLines } from './explain-choice.ts';
import { findAccount, findKey } from './lookup.ts';
import { count, counted, money } from './numbers.ts';
import type { Page } from './page.ts';
import { plain, wrap } from './text.ts';
import { dateTime, duration, parseMoment } from './time.ts';
import { UsageError } from './usage-error.ts';

type Rules = Output<'showRules'>;

export const routingCommands: readonly Command[] = [
  {
    name: 'routing show',
    summary: 'show the rules by which accounts are chosen',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        return await printRules(call, operations, await operations.showRules({}));
      }),
  },
  {
    name: 'routing set',
    summary: 'change the rules by which accounts are chosen',
    flags: {
      strategy: { type: 'string', value: 'NAME', text: strategy.options.join(', ') },
      'max-wait': { type: 'string', value: 'SECONDS', text: 'how long a call waits for a place; at most 60' },
      patience: {
        type: 'string',
        value: 'SECONDS',
        text: 'how long it waits for a limit to end, rather than be refused',
      },
      'wait-price': {
        type: 'string',
        value: 'CENTS',
        text: 'what a minute of waiting is worth: a session waits for its account while moving would cost more',
      },
      automatic: { type: 'boolean', text: 'calls go where the rules say' },
      prefer: { type: 'string', value: 'ACCOUNT', text: 'one account is asked before all others' },
      only: { type: 'string', value: 'ACCOUNT', text: 'all calls go to one account, or are refused' },
      'hedge-after': {
        type: 'string',
        value: 'SECONDS',
        text: 'try a call on a second account too when the first has no content after this; the first to answer serves it, both are paid for. 0: never',
      },
    },
    run: (call) => withOperations(call, (operations) => set(call, operations)),
  },
  {
    name: 'simulate',
    summary: 'tell where a call would go, and why, without making it',
    flags: {
      model: { type: 'string', value: 'MODEL', text: 'what it would ask for' },
      route: { type: 'string', value: 'ROUTE', text: 'messages, chat, responses or generate; default: messages' },
      at: { type: 'string', value: 'TIME', text: 'when: 2h (from now), an ISO time; default: now' },
      key: { type: 'string', value: 'NAME', text: 'with this key; default: as a call of your own' },
      client: { type: 'string', value: 'PROGRAM', text: `${clientKind.options.join(', ')}; default: any other` },
      'session-at': { type: 'string', value: 'NAME', text: 'the account its session is at' },
      rules: {
        type: 'string',
        value: 'FILE',
        text: 'a JSON file with other rules, as `routing show --json` prints them',
      },
    },
    run: (call) => withOperations(call, (operations) => simulate(call, operations)),
  },
  {
    name: 'replay',
    summary: 'send the calls of the past through other rules, and compare',
    flags: {
      rules: {
        type: 'string',
        value: 'FILE',
        text: 'a JSON file with other rules, as `routing show --json` prints them',
      },
      strategy: { type: 'string', value: 'NAME', text: strategy.options.join(', ') },
      since: { type: 'string', value: 'TIME', text: 'from then on: 2h, 7d, an ISO time; default: 1d' },
      before: { type: 'string', value: 'TIME', text: 'older than that' },
    },
    notes: ['At most the latest 20,000 calls. Each chooses among the accounts as they stood at the time.'],
    run: (call) => withOperations(call, (operations) => replay(call, operations)),
  },
];

async function set(call: Invocation, operations: Operations): Promise<number> {
  const { flags } = call;
  const cents = flags.integer('wait-price', { min: 1, max: 100_000 });
  const patch: Input<'updateRules'> = {
    strategy: flags.choice('strategy', strategy.options),
    maxWaitMs: inMs(flags.integer('max-wait', { min: 0, max: 60 })),
    patienceMs: inMs(flags.integer('patience', { min: 0, max: 60 })),
    waitNanoUsdPerMinute: cents === undefined ? undefined : cents * 10_000_000,
    hedgeAfterMs: inMs(flags.integer('hedge-after', { min: 0, max: 60 })),
    aim: await aimOf(call, operations),
  };
  if (Object.values(patch).every((value) => value === undefined)) {
    throw new UsageError('Say what to change. See: waystation routing set --help');
  }
  const rules = await operations.updateRules(patch);
  return await printRules(call, operations, rules);
}

async function aimOf({ flags }: Invocation, operations: Operations): Promise<Rules['aim'] | undefined> {
  const [prefer, only] = [flags.text('prefer'), flags.text('only')];
  const given = [prefer, only, flags.has('automatic') || undefined].filter((one) => one !== undefined);
  if (given.length > 1) throw new UsageError('Give one of --automatic, --prefer and --only.');
  if (flags.has('automatic')) return { kind: 'automatic' };
  const name = prefer ?? only;
  if (name === undefined) return undefined;
  const { id } = await findAccount(operations, name);
  return { kind: prefer === undefined ? 'only' : 'prefer', accountId: id };
}

async function printRules(call: Invocation, operations: Operations, rules: Rules): Promise<number> {
  const { aim } = rules;
  const account = aim.kind === 'automatic' ? undefined : await operations.showAccount({ id: aim.accountId });
  return call.print({ json: rules, text: (page) => rulesText(page, rules, account?.name) });
}

async function simulate(call: Invocation, operations: Operations): Promise<number> {
  const { flags, io } = call;
  const at = flags.text('at');
  const key = flags.text('key');
  const home = flags.text('session-at');
  const simulated = await operations.simulateCall({
    model: flags.required('model'),
    route: flags.choice('route', ['messages', 'chat', 'responses', 'generate'] as const),
    at: at === undefined ? undefined : parseMoment('at', at, { from: io.clock.now(), direction: 1 }),
    key: key === undefined ? undefined : (await findKey(operations, key)).id,
    client: flags.choice('client', clientKind.options),
    sessionAt: home === undefined ? undefined : (await findAccount(operations, home)).id,
    rules: readRules(flags.text('rules')),
  });
  return call.print({ json: simulated, text: (page) => simulationText(page, simulated) });
}

async function replay(call: Invocation, operations: Operations): Promise<number> {
  const { flags, io } = call;
  const moment = (name: string, fallback?: string) => {
    const text = flags.text(name) ?? fallback;
    return text === undefined ? undefined : parseMoment(name, text, { from: io.clock.now(), direction: -1 });
  };
  const chosen = flags.choice('strategy', strategy.options);
  const rules = { ...readRules(flags.text('rules')), ...(chosen === undefined ? {} : { strategy: chosen }) };
  if (Object.keys(rules).length === 0) throw new UsageError('Say which rules: --strategy NAME or --rules FILE.');
  const result = await operations.replayCalls({ since: moment('since', '1d'), before: moment('before'), rules });
  return call.print({ json: result, text: (page) => replayText(page, result) });
}

function readRules(file: string | undefined): Input<'updateRules'> | undefined {
  if (file === undefined) return undefined;
  try {
    const parsed = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
    return routes.updateRules.input.parse(parsed);
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : 'it is no readable JSON file';
    throw new UsageError(`--rules ${file}: ${why}`);
  }
}

const aimTexts = {
  automatic: () => 'where the rules below say',
  prefer: (name: string) => `to ${name} first`,
  only: (name: string) => `to ${name} alone; they are refused while it cannot serve`,
};

function rulesText(page: Page, rules: Rules, account = ''): string {
  return definitionList(page, [
    ['Calls go', aimTexts[rules.aim.kind](account)],
    ['Strategy', rules.strategy],
    ['Waits for a place', `${duration(rules.maxWaitMs)} at most`],
    ['Waits for a limit', `${duration(rules.patienceMs)} at most`],
    ['A minute of waiting', `is worth ${money(rules.waitNanoUsdPerMinute)} of prompt cache`],
    [
      'A second account',
      rules.hedgeAfterMs === 0
        ? 'only after the first has failed'
        : `beside the first after ${duration(rules.hedgeAfterMs)} without content`,
    ],
  ]);
}

function simulationText(page: Page, simulated: Output<'simulateCall'>): string {
  const { wait, accountNames, at } = simulated;
  const waits = wait
    ? [
        `It would wait up to ${duration(wait.maxMs)} for ${wait.accountIds.map((id) => accountNames[id] ?? id).join(' or ')}.`,
      ]
    : [];
  const lines = [`As of ${dateTime(at)}:`, ...choiceLines(simulated), ...waits];
  return lines.map((line) => wrap(plain(line), page.width)).join('\n');
}

function replayText(page: Page, result: Output<'replayCalls'>): string {
  const share = (part: number) => (result.turns === 0 ? 'no turns' : `${((100 * part) / result.turns).toFixed(1)} %`);
  const lines = result.byAccount.map(({ accountId, before, after }) => {
    const name = result.accountNames[accountId] ?? accountId;
    return [name, `${count(before)} before, ${count(after)} after`] as const;
  });
  return definitionList(page, [
    ['Calls', `${counted(result.calls, 'call')}, ${count(result.changed)} would have gone elsewhere`],
    ['Refused', `${count(result.refusedBefore)} before, ${count(result.refusedAfter)} after`],
    ['Turns that stayed', `${share(result.stayedBefore)} before, ${share(result.stayedAfter)} after`],
    ...lines,
  ]);
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}
