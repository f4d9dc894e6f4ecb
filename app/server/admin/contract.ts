import * as z from 'zod';
import { providerIds } from '../../providers/provider-id.ts';
import { administrationRoutes, sessionCredentials, sessionState } from './contract-access.ts';
import { accountCareRoutes } from './contract-account-care.ts';
import { backupRoutes } from './contract-backups.ts';
import { budgetRoutes } from './contract-budgets.ts';
import { captureRoutes } from './contract-capture.ts';
import { connectionRoutes } from './contract-connections.ts';
import { diagnosticsRoutes } from './contract-diagnostics.ts';
import { importRoutes } from './contract-imports.ts';
import { inviteRoutes } from './contract-invites.ts';
import { joinRoutes } from './contract-join.ts';
import { keyRoutes } from './contract-keys.ts';
import { liveRoutes } from './contract-live.ts';
import { memberRoutes } from './contract-members.ts';
import { modelRoutes } from './contract-models.ts';
import { networkRoutes } from './contract-network.ts';
import { overviewRoutes } from './contract-overview.ts';
import { planRoutes } from './contract-plans.ts';
import { priceRoutes } from './contract-prices.ts';
import { providerRoutes } from './contract-providers.ts';
import { accountCondition, careChange, healthDetail, schedulingRoutes } from './contract-scheduling.ts';
import { settingRoutes } from './contract-settings.ts';
import { sharingRoutes } from './contract-sharing.ts';
import { signInRoutes } from './contract-sign-in.ts';
import { topUpRoutes } from './contract-topups.ts';
import { metricsRoutes, usageRoutes } from './contract-usage.ts';
import { webhookRoutes } from './contract-webhooks.ts';

/** Where the admin API and the admin UI live on the relay's own address. */
export const adminRoot = '/admin/api';
export const adminUiPath = '/admin/';
/** Sent with requests that no person caused: they do not keep a session from locking. */
export const backgroundHeader = 'x-waystation-background';
/** Sent with every unsafe request that rides on the session cookie: a foreign page cannot add it. */
export const csrfHeader = 'x-waystation-csrf';

const id = z.string().min(1).max(64);
/** Shown in terminals and pages: nothing that steers them. */
const name = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');
const moment = z.int().nonnegative();
const patterns = z.array(z.string().min(1).max(200)).max(200);
const ranking = z.int().min(1).max(100);
const none = z.strictObject({});
const byId = z.strictObject({ id });
const removed = z.object({ id, removed: z.literal(true) });

export const providerId = z.enum(providerIds);
export const relayState = z.enum(['running', 'paused', 'stopping', 'stopped']);
export const healthState = z.enum(['active', 'cooling-down', 'limited', 'needs-sign-in', 'blocked']);

export const errorKind = z.enum([
  'request-invalid',
  'not-found',
  'conflict',
  'signed-out',
  'locked',
  'forbidden',
  'ticket-invalid',
  'password-wrong',
  'sign-in-refused',
  'too-many-tries',
  'body-too-large',
  'content-type-unsupported',
  'unavailable',
  'waiting',
  'internal',
]);

/** What every refusal of the admin API looks like. */
export const errorBody = z.object({
  error: z.object({
    kind: errorKind,
    message: z.string(),
    /** What is wrong with which field of the input, so that it can be said beside it. */
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
});

export const status = z.object({
  pid: z.int().nullable(),
  url: z.string().nullable(),
  version: z.string(),
  state: relayState,
  startedAt: moment.nullable(),
  dataDir: z.string(),
  store: z.enum(['sqlite', 'postgres']),
  secrets: z.enum(['keychain', 'passphrase', 'key-file']),
  /** Started without them: nothing that is sealed can be used. */
  secretsLocked: z.boolean().optional(),
  callsInFlight: z.int().nonnegative(),
  /** Usage rows that wait for the database in the journal. */
  pendingRows: z.int().nonnegative(),
  accounts: z.object({ total: z.int(), usable: z.int() }),
  keys: z.object({ total: z.int(), usable: z.int() }),
  /** Whether what calls say is kept, and of how many it is. */
  capture: z.object({ isOn: z.boolean(), calls: z.int().nonnegative() }),
});

export const pauseState = z.object({ isPaused: z.boolean() });

export const check = z.object({
  name: z.string(),
  outcome: z.enum(['pass', 'warn', 'fail']),
  message: z.string(),
  fix: z.string().optional(),
});
export const report = z.object({ healthy: z.boolean(), checks: z.array(check) });

export const health = z.object({
  state: healthState,
  reason: z.string(),
  until: moment.optional(),
  changedAt: moment,
  failures: z.int(),
  modelLimits: z.record(z.string(), moment),
  ...healthDetail,
});

/** Provider fields that are not secret, as the provider's own schema names them. */
export const accountSettings = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
);

/** What somebody signs in to, under terms that its owner accepts. */
export const subscription = z.object({
  /** Null while a pasted credential serves. */
  signIn: z.enum(['browser', 'setup-token', 'linked']).nullable(),
  plan: z.string().optional(),
  /** Masked. */
  email: z.string().optional(),
  /** Null: it serves nobody until they are accepted. */
  termsAcceptedAt: moment.nullable(),
  /** Whether it serves other computers too. */
  isShared: z.boolean(),
});

export const ticket = z.object({ ticket: z.string(), expiresAt: moment });
/** Waiting: before it can start, its owner has to decide something. */
export const session = z.object({ signedIn: z.literal(true), isWaiting: z.literal(true).optional() });
const closedSession = z.object({ signedIn: z.literal(false) });

export const account = z.object({
  id,
  name: z.string(),
  provider: providerId,
  settings: accountSettings,
  hasSecret: z.boolean(),
  hasProxy: z.boolean(),
  /** Whether its upstream may be this computer or the local network. */
  allowLocalUpstream: z.boolean(),
  priority: z.int(),
  weight: z.int(),
  isEnabled: z.boolean(),
  models: z.array(z.string()),
  modelMap: z.record(z.string(), z.string()),
  createdAt: moment,
  updatedAt: moment,
  /** Null where nobody signs in. */
  subscription: subscription.nullable(),
  health,
  inFlight: z.int().nonnegative(),
  ...accountCondition,
});

const accountFields = {
  settings: z.record(z.string().max(64), z.unknown()),
  /** The one line a person pastes; sealed at once and never answered. */
  secret: z.string().min(1).max(16_384),
  proxy: z.string().min(1).max(2_048),
  allowLocalUpstream: z.boolean(),
  priority: ranking,
  weight: ranking,
  models: patterns,
  modelMap: z.record(z.string().min(1).max(200), z.string().min(1).max(200)),
  acceptTerms: z.boolean(),
  isShared: z.boolean(),
  care: careChange,
};

const newAccount = z.strictObject({ name, provider: providerId, ...z.object(accountFields).partial().shape });

const accountPatch = z.strictObject({
  id,
  name: name.optional(),
  ...z.object({ ...accountFields, proxy: accountFields.proxy.nullable() }).partial().shape,
});

const { secret: _, ...signInFields } = accountFields;
/** Whom to sign in: an account that is there, or a new one. */
const signInTarget = z.union([
  z.strictObject({ accountId: id }),
  z.strictObject({ name, provider: providerId, ...z.object(signInFields).partial().shape }),
]);
const newLogin = z.strictObject({
  target: signInTarget,
  way: z.enum(['loopback', 'paste']).default('loopback'),
  isSetupToken: z.boolean().default(false),
});
const loginId = z.string().min(1).max(64);
const loginAnswer = z.strictObject({
  loginId,
  /** What the sign-in page showed; without it the browser is waited for, for a few seconds. */
  pasted: z.string().min(1).max(8_192).optional(),
});
export const startedLogin = z.object({ loginId, authorizeUrl: z.url(), expiresAt: moment });
export const loginTerms = z.object({ terms: z.array(z.string()), sharing: z.string() });

/** Without a model, one that the account serves. */
const testQuestion = z.strictObject({ id, model: z.string().min(1).max(200).optional() });

/** What one small real request told about an account. */
export const testResult = z.object({
  ok: z.boolean(),
  accountId: id,
  model: z.string(),
  durationMs: z.number().nonnegative(),
  status: z.int().optional(),
  fault: z.string().optional(),
  message: z.string(),
});

/** How an account can be tried out from a page. */
const testPlan = z.object({
  accountId: id,
  /** `check`: a made-up call would not be its client's; who is signed in is asked for instead, which costs nothing. */
  way: z.enum(['call', 'check']),
  model: z.string(),
  /** What a call costs at most; null when its model has no known price. */
  costNanoUsd: z.int().nullable(),
});
const testCall = z.object({
  ok: z.boolean(),
  /** By which it is found among the calls. */
  requestId: z.string().nullable(),
  status: z.int(),
  message: z.string(),
});

export interface Route<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Under `adminRoot`; `:name` stands for a field of the input. */
  readonly path: string;
  readonly input: Input;
  readonly output: Output;
}

/** What needs no sign-in of its own, because it is the sign-in. Served by the mount, not by the operations. */
export const accessRoutes = {
  /** Makes a one-time ticket; only for the holder of the control token. */
  createTicket: { method: 'POST', path: '/ticket', input: none, output: ticket },
  /** Exchanges a ticket, or the admin password, for the session cookie; a locked session goes on with a new one. */
  openSession: {
    method: 'POST',
    path: '/session',
    input: sessionCredentials,
    output: session,
  },
  /** Whether this browser is signed in, and how it may. */
  showSession: { method: 'GET', path: '/session', input: none, output: sessionState },
  lockSession: { method: 'POST', path: '/session/lock', input: none, output: sessionState },
  closeSession: { method: 'DELETE', path: '/session', input: none, output: closedSession },
} as const satisfies Record<string, Route>;

export const routes = {
  status: { method: 'GET', path: '/status', input: none, output: status },
  doctor: { method: 'GET', path: '/doctor', input: none, output: report },
  /** New calls are refused until it is resumed, also after a restart; those that run may end. */
  pauseRelay: { method: 'POST', path: '/relay/pause', input: none, output: pauseState },
  resumeRelay: { method: 'POST', path: '/relay/resume', input: none, output: pauseState },

  listAccounts: { method: 'GET', path: '/accounts', input: none, output: z.array(account) },
  showAccount: { method: 'GET', path: '/accounts/:id', input: byId, output: account },
  createAccount: { method: 'POST', path: '/accounts', input: newAccount, output: account },
  updateAccount: { method: 'PATCH', path: '/accounts/:id', input: accountPatch, output: account },
  pauseAccount: { method: 'POST', path: '/accounts/:id/pause', input: byId, output: account },
  resumeAccount: { method: 'POST', path: '/accounts/:id/resume', input: byId, output: account },
  removeAccount: { method: 'DELETE', path: '/accounts/:id', input: byId, output: removed },
  testAccount: { method: 'POST', path: '/accounts/:id/test', input: testQuestion, output: testResult },
  planTestCall: { method: 'GET', path: '/accounts/:id/test-call', input: testQuestion, output: testPlan },
  /** A real call through this relay, with a key for it alone: counted and shown like any other. */
  sendTestCall: { method: 'POST', path: '/accounts/:id/test-call', input: testQuestion, output: testCall },

  ...joinRoutes,
  ...providerRoutes,
  ...modelRoutes,
  /** What the owner of a subscription accepts. */
  showLoginTerms: { method: 'GET', path: '/login-terms', input: none, output: loginTerms },
  startLogin: { method: 'POST', path: '/logins', input: newLogin, output: startedLogin },
  /** Null: the browser is not back yet; ask again. */
  finishLogin: {
    method: 'POST',
    path: '/logins/:loginId/finish',
    input: loginAnswer,
    output: z.object({ account: account.nullable() }),
  },
  cancelLogin: { method: 'DELETE', path: '/logins/:loginId', input: z.strictObject({ loginId }), output: none },
  /** Uses the login that the provider's own tool has on this computer. */
  linkLogin: {
    method: 'POST',
    path: '/linked-logins',
    input: z.strictObject({ target: signInTarget }),
    output: account,
  },

  ...settingRoutes,
  ...backupRoutes,
  ...networkRoutes,
  ...schedulingRoutes,
  ...accountCareRoutes,

  ...keyRoutes,
  ...memberRoutes,
  ...signInRoutes,
  ...planRoutes,
  ...topUpRoutes,
  ...administrationRoutes,
  ...sharingRoutes,
  ...inviteRoutes,
  ...liveRoutes,
  ...captureRoutes,
  ...overviewRoutes,

  ...priceRoutes,
  ...budgetRoutes,
  ...webhookRoutes,
  ...connectionRoutes,
  ...importRoutes,
  ...diagnosticsRoutes,

  ...usageRoutes,
  ...metricsRoutes,
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
export type Input<Name extends RouteName> = z.input<(typeof routes)[Name]['input']>;
export type Output<Name extends RouteName> = z.output<(typeof routes)[Name]['output']>;
export type AdminErrorKind = z.output<typeof errorKind>;

/** The admin API as functions: answered by the relay itself, or by a client that calls it over HTTP. */
export type Operations = { readonly [Name in RouteName]: (input: Input<Name>) => Promise<Output<Name>> };

export interface AdminRequest {
  readonly method: Route['method'];
  /** From the relay's root, with its query. */
  readonly path: string;
  /** JSON text; every unsafe method carries one, an empty object at least. */
  readonly body: string | undefined;
}

/** How a call of `route` looks on the wire. */
export function requestFor(route: Route, input: Readonly<Record<string, unknown>>): AdminRequest {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = route.path.replace(/:(\w+)/g, (_, field: string) => {
    const value = rest.get(field);
    rest.delete(field);
    return encodeURIComponent(String(value));
  });
  if (route.method !== 'GET') {
    return { method: route.method, path: adminRoot + path, body: JSON.stringify(Object.fromEntries(rest)) };
  }
  const query = new URLSearchParams(
    [...rest].map(([field, value]): [string, string] => [field, String(value)]),
  ).toString();
  return { method: 'GET', path: `${adminRoot}${path}${query && `?${query}`}`, body: undefined };
}

/** The address that signs a browser in. The ticket rides in the fragment, which browsers never send. */
export function signInUrl(relayUrl: string, ticket: string): string {
  return `${relayUrl}${adminUiPath}#ticket=${ticket}`;
}
