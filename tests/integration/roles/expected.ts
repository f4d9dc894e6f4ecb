import type { RouteId } from '../../../app/protocols/protocol.ts';
import type { accessRoutes, RouteName } from '../../../app/server/admin/contract.ts';
import type { ClientRoute } from '../../../app/server/client-routes.ts';
import type { CallerName } from './callers.ts';

// Q15: what each caller is answered on each route. A new route does not compile, and fails the test, until its row is here.

export type Row = Readonly<Record<CallerName, number>>;

/** Where a request comes from is looked at before anything else, whatever credentials it brings. */
const fromElsewhere = { 'foreign host': 421, 'foreign page': 403 } as const;

/** Everybody on this computer, and whoever knows a name that the owner allowed. */
export function open(status: number): Row {
  return {
    ...{ nobody: status, 'own page': status, session: status, 'locked session': status, control: status },
    ...{ key: status, 'other key': status, 'disabled key': status, 'LAN key': status },
    ...fromElsewhere,
  };
}

/** What clients ask for: a key that works, and nothing else. */
function forKeys(status: number): Row {
  return { ...open(401), key: status, 'other key': status, 'LAN key': status };
}

/** What the owner reads. */
function reads(status: number): Row {
  return { ...open(401), session: status, control: status };
}

/** What the owner changes: besides, only our own page or the command line may ask at all. */
function changes(status: number): Row {
  return { ...open(403), 'own page': 401, 'locked session': 401, session: status, control: status };
}

/** What only the command line does. */
function commands(status: number): Row {
  return { ...changes(403), control: status };
}

/** Asked about `unknown`, with no more than what its path needs: 400 and 404 mean that the caller was let in. */
export const adminTable: Readonly<Record<RouteName | keyof typeof accessRoutes | 'exportUsage', Row>> = {
  status: reads(200),
  doctor: reads(200),
  listAccounts: reads(200),
  showAccount: reads(404),
  createAccount: changes(400),
  updateAccount: changes(404),
  pauseAccount: changes(404),
  resumeAccount: changes(404),
  removeAccount: changes(404),
  testAccount: changes(404),
  testAccountProxy: changes(404),
  refreshAccountBalance: changes(404),
  listAccountModels: reads(404),
  refreshAccountModels: changes(404),
  accountTimeline: reads(200),
  accountErrors: reads(200),
  listModels: reads(200),
  testModel: reads(400),
  listAliases: reads(200),
  setAlias: changes(400),
  removeAlias: changes(404),
  showLoginTerms: reads(200),
  startLogin: changes(400),
  finishLogin: changes(400),
  cancelLogin: changes(200),
  linkLogin: changes(400),
  listSettings: reads(200),
  changeSetting: changes(400),
  resetSetting: changes(404),
  listGroups: reads(200),
  createGroup: changes(400),
  updateGroup: changes(404),
  removeGroup: changes(404),
  showRules: reads(200),
  updateRules: changes(200),
  listSessions: reads(200),
  forgetSession: changes(404),
  listQueue: reads(200),
  simulateCall: changes(400),
  replayCalls: changes(400),
  listKeys: reads(200),
  showKey: reads(404),
  createKey: changes(400),
  createKeys: changes(400),
  importKeys: changes(400),
  updateKey: changes(404),
  updateKeys: changes(400),
  rotateKey: changes(404),
  removeKey: changes(404),
  removeKeys: changes(400),
  restoreKey: changes(404),
  listPlans: reads(200),
  showPlan: reads(404),
  createPlan: changes(400),
  updatePlan: changes(404),
  previewPlan: changes(404),
  removePlan: changes(404),
  listTopUps: reads(200),
  createTopUps: changes(400),
  redeemTopUp: changes(400),
  disableTopUp: changes(404),
  showPrices: reads(200),
  showPrice: reads(404),
  checkPrices: changes(400),
  applyPrices: changes(400),
  comparePrices: reads(404),
  setOwnPrice: changes(400),
  removeOwnPrice: changes(404),
  listBudgets: reads(200),
  createBudget: changes(400),
  updateBudget: changes(404),
  removeBudget: changes(404),
  listAlerts: reads(200),
  listUsage: reads(200),
  summarizeUsage: reads(200),
  exportUsage: reads(200),
  checkRollups: reads(200),
  rebuildRollups: changes(200),
  showRetention: reads(200),
  updateRetention: changes(200),
  explainCall: reads(404),
  priceUnknown: changes(200),
  showToday: reads(200),
  listAttention: reads(200),
  orderAccounts: changes(400),
  listCalls: reads(200),
  listRunningCalls: reads(200),
  cancelCall: changes(404),
  listAudit: reads(200),
  listSignIns: reads(200),
  revokeSignIn: changes(404),
  showPassword: reads(200),
  setPassword: changes(400),
  clearPassword: changes(200),
  // A browser that is not signed in, or locked, asks whether it is, signs in and out.
  createTicket: commands(200),
  showSession: open(200),
  openSession: { ...changes(400), 'own page': 400, 'locked session': 400 },
  lockSession: { ...changes(200), control: 403 },
  closeSession: { ...changes(200), 'locked session': 200 },
};

/** What needs no sign-in, and shows nothing but whether we are there. */
export const pageTable: Readonly<Record<string, Row>> = {
  'GET /': open(302),
  'HEAD /': open(200),
  'HEAD /api/hello': open(200),
  'GET /health': open(200),
  'GET /admin': open(301),
  'GET /admin/': open(200),
  'GET /admin/index.html': open(200),
  'GET /admin/../package.json': open(404),
  'GET /admin/%2e%2e/%2e%2e/package.json': open(404),
  'GET /nowhere': open(404),
  'POST /nowhere': open(404),
  'GET /admin/api/openapi.json': reads(200),
  'GET /admin/api/events': reads(200),
  'GET /admin/api': reads(404),
  'GET /admin/api/nothing': reads(404),
  'POST /admin/api/nothing': { ...changes(404) },
};

/** By what a path is about, whatever prefix it has. 503: no account here serves it, and the key was let in. */
export const relayTable: Readonly<Record<RouteId, Row>> = {
  messages: forKeys(200),
  'count-tokens': forKeys(200),
  chat: forKeys(200),
  completions: forKeys(503),
  embeddings: forKeys(503),
  images: forKeys(503),
  responses: forKeys(200),
  'responses-compact': forKeys(503),
  'responses-item': forKeys(503),
  'message-batches': forKeys(404),
  files: forKeys(404),
  'openai-batches': forKeys(503),
  'openai-files': forKeys(503),
  conversations: forKeys(503),
  generate: forKeys(200),
  'gemini-count': forKeys(503),
  'gemini-embed': forKeys(503),
  'assist-generate': forKeys(200),
  'assist-count': forKeys(503),
  'assist-control': forKeys(200),
};

/** Where it matters whether one thing is asked about or all of them. */
export const listTable: Readonly<Record<string, Row>> = {
  'GET /v1/files': forKeys(200),
  'POST /claude/v1/files': forKeys(200),
  'GET /v1/messages/batches': forKeys(200),
  'POST /v1/messages/batches': forKeys(200),
};

/** A WebSocket; whoever may not open one is told over HTTP why when it asks there. */
export const socketRow: Row = { ...open(426), key: 101, 'other key': 101, 'LAN key': 101 };

/** What `key` made: nobody else sees that it is there. */
export const ownedRow: Row = { ...forKeys(404), key: 200, 'LAN key': 200 };

export const otherTable: Readonly<Record<Exclude<ClientRoute['kind'], 'relay' | 'hello'> | 'top-up', Row>> = {
  models: forKeys(200),
  holder: forKeys(200),
  // Without a code.
  'top-up': forKeys(400),
};
