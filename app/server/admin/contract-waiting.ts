import * as z from 'zod';

// The part of the contract that is spoken while the relay cannot start before its owner has decided something.

const troubleKinds = [
  'newer-database',
  'damaged-database',
  'folder-unusable',
  'disk-full',
  'secrets-locked',
  'passphrase-needed',
  'port-taken',
] as const;
const ways = ['try-again', 'unlock', 'without-accounts', 'open-backup', 'start-empty', 'other-port', 'quit'] as const;

export type TroubleKind = (typeof troubleKinds)[number];
export type Way = (typeof ways)[number];

export const trouble = z.object({
  kind: z.enum(troubleKinds),
  /** In the words of whoever found it. */
  happened: z.string(),
  /** What can be done about it: two ways, the first one is the likelier. */
  ways: z.tuple([z.enum(ways), z.enum(ways)]),
  /** Where the data is. */
  dataDir: z.string(),
  /** Of the copy that would be put back. */
  backupAt: z.int().nonnegative().optional(),
  port: z.int().optional(),
});
export type Trouble = Readonly<z.output<typeof trouble>>;

const choice = z.strictObject({ way: z.enum(ways), passphrase: z.string().min(1).max(1_024).optional() });
export type Choice = Readonly<z.output<typeof choice>>;

/** Where to go on: another address, which signs in by itself; null when the question is still here. */
const chosen = z.object({ next: z.string().nullable(), ended: z.boolean() });
export type Chosen = Readonly<z.output<typeof chosen>>;

export const waitingRoutes = {
  showWaiting: { method: 'GET', path: '/waiting', input: z.strictObject({}), output: trouble },
  chooseWay: { method: 'POST', path: '/waiting', input: choice, output: chosen },
} as const;

export interface WaitingOperations {
  show(): Trouble;
  choose(choice: Choice): Promise<Chosen>;
}
