import * as z from 'zod';
import { isTimeZone } from '../../domain/calendar.ts';
import { passwordText } from '../admin/contract-access.ts';
import { limitStanding } from '../admin/contract-keys.ts';

// What members see of themselves and may do: an allow-list. Nothing of accounts, of other members, or of what the owner notes.

/** Where the page of members lives, and its API. */
export const mePath = '/me/';
export const meRoot = '/me/api';

const moment = z.int().nonnegative();
const none = z.strictObject({});

const spent = { calls: z.int(), tokens: z.int(), costNanoUsd: z.int() };

const key = z.object({
  id: z.string(),
  name: z.string(),
  /** What its secret begins with. */
  prefix: z.string(),
  /** And ends with; absent for an older key. */
  ending: z.string().optional(),
  state: z.enum(['usable', 'disabled', 'expired']),
  expiresAt: moment.optional(),
  lastUsedAt: moment.optional(),
  limits: z.array(limitStanding),
  mayRotate: z.boolean(),
});

const session = z.object({
  state: z.enum(['signed-out', 'open']),
  /** How somebody may sign in here. */
  ways: z.object({
    key: z.boolean(),
    /** With a name and a password, whoever keeps it. */
    password: z.boolean(),
    /** What the button of the issuer says; null without one. */
    oidc: z.string().nullable(),
  }),
});

/** A limit that is used up, or nearly, told once until it has room again. */
const told = z.object({
  /** The key whose limit it is; null where all keys share it. */
  keyName: z.string().nullable(),
  percent: z.int(),
  at: moment,
  resetsAt: moment.optional(),
});

const mine = z.object({
  /** Of the member; of the key where it is nobody's. */
  name: z.string(),
  signedInBy: z.enum(['key', 'password', 'ldap', 'oidc']),
  /** Their local day, the last five hours, and seven days with today. */
  today: z.object(spent),
  fiveHours: z.object(spent),
  week: z.object(spent),
  /** The newest first. */
  alerts: z.array(told),
  /** Those that all keys share. */
  limits: z.array(limitStanding),
  keys: z.array(key),
  days: z.array(z.object({ day: z.string(), ...spent })),
  models: z.array(z.object({ model: z.string(), ...spent })),
});

/** What somebody signs in with. */
const credentials = z.union([
  z.strictObject({ key: z.string().min(1).max(512) }),
  z.strictObject({
    name: z.string().min(1).max(254),
    password: z.string().min(1).max(200),
    /** Of whoever turned a second factor on. */
    code: z.string().max(64).optional(),
  }),
]);

/** The password that somebody has now; nothing where they have none. */
const current = z.string().max(200).optional();
const ownSignIn = z.object({
  /** Not with a key alone. */
  mayChange: z.boolean(),
  hasPassword: z.boolean(),
  factor: z.object({ isOn: z.boolean(), recoveryCodesLeft: z.int() }).nullable(),
});

export const meRoutes = {
  showSession: { method: 'GET', path: '/session', input: none, output: session },
  openSession: {
    method: 'POST',
    path: '/session',
    input: credentials,
    output: z.object({ signedIn: z.literal(true) }),
  },
  closeSession: { method: 'DELETE', path: '/session', input: none, output: z.object({ signedIn: z.literal(false) }) },
  showMine: {
    method: 'GET',
    path: '/mine',
    input: z.strictObject({
      /** IANA name: when a day begins. */
      timeZone: z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin').default('UTC'),
    }),
    output: mine,
  },
  /** The secret before works for a day more. */
  rotateKey: {
    method: 'POST',
    path: '/keys/:id/rotate',
    input: z.strictObject({ id: z.string().min(1).max(64) }),
    output: z.object({ id: z.string(), secret: z.string(), oldUntil: moment }),
  },
  showSignIn: { method: 'GET', path: '/sign-in', input: none, output: ownSignIn },
  /** Ends the sessions that the one before opened. */
  setPassword: {
    method: 'POST',
    path: '/password',
    input: z.strictObject({ password: passwordText, current }),
    output: ownSignIn,
  },
  /** Off until it is confirmed. */
  beginSecondFactor: {
    method: 'POST',
    path: '/second-factor',
    input: z.strictObject({ current }),
    output: z.object({ secret: z.string(), address: z.string() }),
  },
  /** Recovery codes are told this once. */
  confirmSecondFactor: {
    method: 'POST',
    path: '/second-factor/confirm',
    input: z.strictObject({ code: z.string().min(1).max(64) }),
    output: z.object({ recoveryCodes: z.array(z.string()) }),
  },
  removeSecondFactor: {
    method: 'DELETE',
    path: '/second-factor',
    input: z.strictObject({ current }),
    output: ownSignIn,
  },
  /** Where to go on; the issuer sends the browser back to this origin and nowhere else. */
  startOidc: { method: 'POST', path: '/oidc', input: none, output: z.object({ url: z.url() }) },
} as const;

export type MeRouteName = keyof typeof meRoutes;
export type MeInput<Name extends MeRouteName> = z.input<(typeof meRoutes)[Name]['input']>;
export type MeOutput<Name extends MeRouteName> = z.output<(typeof meRoutes)[Name]['output']>;
