import { amountText } from '../keys/limit-refusal.ts';
import { limitText } from '../keys/limit-text.ts';
import type { Input, Operations, Output } from '../server/admin/contract.ts';
import { clientKind, service } from '../server/admin/contract-keys.ts';
import { planTemplates } from '../server/admin/contract-templates.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { definitionList } from './definitions.ts';
import { choices, given } from './key-fields.ts';
import { limitFlags, readLimit, readLimits } from './key-limit.ts';
import { findPlan } from './lookup.ts';
import type { Page } from './page.ts';
import { confirmRemoval, removalFlags } from './removal.ts';
import { table } from './table.ts';
import { dateTime } from './time.ts';
import { timeZoneOf } from './time-zone.ts';
import { UsageError } from './usage-error.ts';

type Plan = Output<'showPlan'>;
type Effect = Output<'previewPlan'>[number];

const templateNames = planTemplates.map(({ name }) => name);

const planFlags: Flags = {
  note: { type: 'string', value: 'TEXT', text: 'what should be known about it' },
  model: { type: 'string', value: 'PATTERN', multiple: true, text: 'a model its keys may use; default: all' },
  'deny-model': { type: 'string', value: 'PATTERN', multiple: true, text: 'a model its keys may not use' },
  service: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    text: `what its keys may reach (${service.options.join(', ')}); default: all`,
  },
  client: { type: 'string', value: 'KIND', multiple: true, text: 'a program that may use its keys; a soft check' },
  ...limitFlags,
  'max-concurrent': { type: 'string', value: 'N', text: 'calls at once for each key; default: no limit' },
};

/** Flags that take one field away, with what the field is then. */
const clearing: Readonly<Record<string, { readonly text: string; readonly patch: Omit<Input<'updatePlan'>, 'id'> }>> = {
  'no-note': { text: 'no note any more', patch: { note: null } },
  'any-model': { text: 'no list of allowed models any more', patch: { models: [] } },
  'no-denied-models': { text: 'no list of denied models any more', patch: { deniedModels: [] } },
  'any-service': { text: 'all services again', patch: { services: [] } },
  'any-client': { text: 'any program again', patch: { clients: [] } },
  'no-limits': { text: 'no limits any more', patch: { limits: [] } },
  'no-max-concurrent': { text: 'any number of calls at once', patch: { maxConcurrent: null } },
};

export const planCommands: readonly Command[] = [
  {
    name: 'plan list',
    summary: 'show all plans and how many keys are on each',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const plans = await operations.listPlans({});
        return call.print({ json: plans, text: (page) => planTable(page, plans) });
      }),
  },
  {
    name: 'plan show',
    argument: 'NAME',
    summary: 'show what a plan allows',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const plan = await findPlan(operations, call.argument ?? '');
        return call.print({ json: plan, text: (page) => planText(page, plan) });
      }),
  },
  {
    name: 'plan create',
    summary: 'make a template of limits and permissions, for keys to be on',
    flags: {
      name: { type: 'string', value: 'NAME', text: 'what you call it; default: the template’s name' },
      template: { type: 'string', value: 'NAME', text: `begin with ${templateNames.join(', ')}` },
      ...planFlags,
    },
    notes: ['What you name takes the place of what the template says.', '  waystation plan create --template Guest'],
    run: create,
  },
  {
    name: 'plan update',
    argument: 'NAME',
    summary: 'change a plan, and so all its keys; what is not named stays as it is',
    flags: {
      name: { type: 'string', value: 'NEW', text: 'a new name' },
      ...planFlags,
      ...Object.fromEntries(Object.entries(clearing).map(([name, { text }]) => [name, { type: 'boolean', text }])),
      preview: { type: 'boolean', text: 'change nothing; tell which keys would be blocked now' },
    },
    notes: [
      'Limits and lists take the place of the old ones. A limit that a key has itself goes before its plan’s of that name.',
      '  waystation plan update guest --limit cost=1usd/day --preview',
    ],
    run: update,
  },
  {
    name: 'plan remove',
    argument: 'NAME',
    summary: 'remove a plan that no key is on',
    flags: removalFlags,
    run: (call) =>
      withOperations(call, async (operations) => {
        const { id, name } = await findPlan(operations, call.argument ?? '');
        await confirmRemoval(call, `Remove the plan ${name}?`);
        const removed = await operations.removePlan({ id });
        return call.print({ json: removed, text: () => `${name} is removed.` });
      }),
  },
];

async function create(call: Invocation): Promise<number> {
  const { flags } = call;
  const wanted = flags.text('template')?.toLowerCase();
  const template = planTemplates.find(({ name }) => name.toLowerCase() === wanted);
  if (wanted !== undefined && !template) throw new UsageError(`--template must be ${templateNames.join(' or ')}.`);
  const timeZone = timeZoneOf(flags);
  const begin = template && {
    ...template,
    limits: template.limits.map((text) => readLimit(text, timeZone)),
  };
  const name = flags.text('name') ?? template?.name ?? flags.required('name');
  return await withOperations(call, async (operations) => {
    const plan = await operations.createPlan({ ...begin, ...readPlan(call), name });
    return call.print({ json: plan, text: (page) => planText(page, plan) });
  });
}

async function update(call: Invocation): Promise<number> {
  const { flags } = call;
  const cleared = Object.entries(clearing).filter(([name]) => flags.has(name));
  const name = flags.text('name');
  const patch = Object.assign(
    { ...readPlan(call), ...(name !== undefined && { name }) },
    ...cleared.map(([, one]) => one.patch),
  );
  if (Object.keys(patch).length === 0) throw new UsageError('Say what to change. See: waystation plan update --help');
  return await withOperations(call, async (operations) => {
    const { id } = await findPlan(operations, call.argument ?? '');
    if (flags.has('preview')) return await preview(call, operations, { id, ...patch });
    const plan = await operations.updatePlan({ id, ...patch });
    return call.print({ json: plan, text: (page) => planText(page, plan) });
  });
}

async function preview(call: Invocation, operations: Operations, input: Input<'previewPlan'>): Promise<number> {
  const effects = await operations.previewPlan(input);
  return call.print({ json: effects, text: (page) => effectText(page, effects) });
}

/** Only what is said. */
function readPlan({ flags }: Invocation): Omit<Input<'createPlan'>, 'name'> {
  const fields = {
    note: flags.text('note'),
    models: given(flags, 'model'),
    deniedModels: given(flags, 'deny-model'),
    services: choices(flags, 'service', service.options),
    clients: choices(flags, 'client', clientKind.options),
  };
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(said), ...readLimits(flags) };
}

function planTable(page: Page, plans: readonly Plan[]): string {
  if (plans.length === 0) return 'There is no plan yet. Make one: waystation plan create --template Guest';
  return table(
    page,
    [
      { title: 'NAME', least: 12, cell: ({ name }) => name },
      { title: 'KEYS', align: 'right', cell: ({ keys }) => String(keys) },
      { title: 'AT ONCE', align: 'right', cell: ({ maxConcurrent }) => String(maxConcurrent ?? '-') },
      { title: 'LIMITS', least: 8, cell: ({ limits }) => limits.map(limitText).join(', ') || 'none' },
    ],
    plans,
  );
}

function planText(page: Page, plan: Plan): string {
  return definitionList(page, [
    ['Name', plan.name],
    ['Id', plan.id],
    ['Note', plan.note],
    ['Keys', String(plan.keys)],
    ['Models', plan.models.join(', ') || 'all'],
    ['Not models', plan.deniedModels.length === 0 ? undefined : plan.deniedModels.join(', ')],
    ['Services', plan.services.join(', ') || 'all'],
    ['Programs', plan.clients.join(', ') || 'any'],
    ['At once', String(plan.maxConcurrent ?? 'no limit')],
    ['Limits', plan.limits.map(limitText).join(', ') || 'none'],
  ]);
}

function effectText(page: Page, effects: readonly Effect[]): string {
  const blocked = effects.filter(({ isBlocked }) => isBlocked);
  const summary = `${blocked.length} of ${effects.length} keys would be blocked now. Nothing was changed.`;
  if (blocked.length === 0) return summary;
  const rows = blocked.flatMap(({ keyName, wasBlocked, blockedBy }) =>
    blockedBy.map((standing) => ({ keyName, wasBlocked, ...standing })),
  );
  const shown = table(
    page,
    [
      { title: 'KEY', least: 12, cell: ({ keyName }) => keyName },
      { title: 'LIMIT', cell: ({ name }) => name },
      { title: 'USED', align: 'right', cell: ({ measure, spent }) => amountText(measure, spent) },
      { title: 'OF', align: 'right', cell: ({ measure, amount }) => amountText(measure, amount) },
      {
        title: 'ROOM AGAIN',
        cell: ({ resetsAt }) => (resetsAt === undefined ? 'not by itself' : dateTime(resetsAt)),
      },
      { title: 'BEFORE', cell: ({ wasBlocked }) => (wasBlocked ? 'blocked too' : 'served') },
    ],
    rows,
  );
  return `${shown}\n\n${summary}`;
}
