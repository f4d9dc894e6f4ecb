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

/** What only a page of ours may ask, whoever is signed in there. */
function ownPage(status: number): Row {
  return { ...open(403), 'own page': status, session: status, 'locked session': status };
}

/** Asked about `unknown`, with no more than what its path needs: 400 and 404 mean that the caller was let in. */
export const adminTable: Readonly<
  Record<RouteName | keyof typeof accessRoutes | 'exportUsage' | 'downloadBackup', Row>
> = {
  status: reads(200),
  doctor: reads(200),
  collectDiagnostics: reads(200),
  listBackups: reads(200),
  takeBackup: changes(400),
  removeBackup: changes(400),
  showNetwork: reads(200),
  changePort: changes(400),
  setProxy: changes(400),
  clearProxy: changes(200),
  testProxy: changes(400),
  downloadBackup: reads(404),
  pauseRelay: changes(200),
  resumeRelay: changes(200),
  listAccounts: reads(200),
  showAccount: reads(404),
  createAccount: changes(400),
  lookAtInvite: changes(400),
  joinRelay: changes(400),
  updateAccount: changes(404),
  pauseAccount: changes(404),
  resumeAccount: changes(404),
  removeAccount: changes(404),
  testAccount: changes(404),
  planTestCall: reads(404),
  sendTestCall: changes(404),
  testAccountProxy: changes(404),
  refreshAccountBalance: changes(404),
  listAccountModels: reads(404),
  refreshAccountModels: changes(404),
  accountTimeline: reads(200),
  accountErrors: reads(200),
  listProviders: reads(200),
  listFoundLogins: reads(200),
  showFailover: reads(200),
  countAccountErrors: reads(200),
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
  showNotifications: reads(200),
  listSettings: reads(200),
  changeSetting: changes(400),
  resetSetting: changes(404),
  showCapture: reads(200),
  startCapture: changes(200),
  stopCapture: changes(200),
  purgeCapture: changes(200),
  showCapturedCall: reads(200),
  showSharing: reads(200),
  changeSharing: changes(200),
  checkSharing: changes(200),
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
  listKeyDevices: reads(200),
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
  listMembers: reads(200),
  memberStandings: reads(200),
  showMember: reads(404),
  createMember: changes(400),
  updateMember: changes(404),
  suspendMember: changes(404),
  resumeMember: changes(404),
  removeMember: changes(404),
  showMemberSignIn: reads(404),
  setMemberPassword: changes(400),
  removeMemberSignIn: changes(400),
  showSecondFactor: reads(404),
  beginSecondFactor: changes(404),
  confirmSecondFactor: changes(400),
  removeSecondFactor: changes(404),
  showDirectory: reads(200),
  setLdap: changes(400),
  removeLdap: changes(200),
  setOidc: changes(400),
  removeOidc: changes(200),
  testDirectory: changes(400),
  listRefusals: reads(200),
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
  listInvites: reads(200),
  createInvite: changes(400),
  revokeInvite: changes(404),
  showPrices: reads(200),
  listModelPrices: reads(200),
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
  listWebhooks: reads(200),
  createWebhook: changes(400),
  updateWebhook: changes(404),
  removeWebhook: changes(404),
  testWebhook: changes(404),
  listConnections: reads(200),
  planConnection: changes(400),
  connectTool: changes(400),
  disconnectTool: changes(400),
  disconnectTools: changes(200),
  setToolsAside: changes(200),
  forgetSetAside: changes(200),
  restoreTool: changes(400),
  planConflictFix: changes(400),
  fixConflict: changes(400),
  listFoundData: reads(200),
  planImport: changes(400),
  importData: changes(400),
  listUsage: reads(200),
  showMetricsAccess: reads(200),
  makeMetricsToken: changes(200),
  removeMetricsToken: changes(200),
  summarizeUsage: reads(200),
  exportUsage: reads(200),
  reconcileUsage: changes(400),
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
  // The members' own page knows its own sessions only: no key, no token and no session of the admin pages is one.
  'GET /me': open(301),
  'GET /me/': open(200),
  'GET /me/api/session': open(200),
  'GET /me/api/mine': open(401),
  'GET /me/api/nothing': open(404),
  'GET /me/api/oidc/callback': open(303),
  'POST /me/api/session': ownPage(400),
  'GET /me/api/sign-in': open(401),
  'POST /me/api/oidc': ownPage(404),
  'POST /me/api/password': ownPage(401),
  'POST /me/api/second-factor': ownPage(401),
  'POST /me/api/second-factor/confirm': ownPage(401),
  'DELETE /me/api/second-factor': ownPage(401),
  'POST /me/api/keys/unknown/rotate': ownPage(401),
  'GET /metrics': { ...open(401), control: 200 },
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

/** What a member does not get who signed in to the admin pages from another computer: the least role that does, or nobody. */
const lanExceptions: Readonly<Partial<Record<keyof typeof adminTable, 'owner' | 'here'>>> = {
  ...{
    changeSharing: 'owner',
    checkSharing: 'owner',
    setPassword: 'owner',
    clearPassword: 'owner',
    changeSetting: 'owner',
  },
  ...{ makeMetricsToken: 'owner', removeMetricsToken: 'owner' },
  ...{ resetSetting: 'owner', listSignIns: 'owner', revokeSignIn: 'owner' },
  ...{ setLdap: 'owner', removeLdap: 'owner', setOidc: 'owner', removeOidc: 'owner', testDirectory: 'owner' },
  ...{ listBackups: 'owner', takeBackup: 'owner', removeBackup: 'owner', downloadBackup: 'owner' },
  ...{ changePort: 'owner', setProxy: 'owner', clearProxy: 'owner', testProxy: 'owner' },
  ...{ showCapture: 'owner', showCapturedCall: 'owner' },
  ...{ createWebhook: 'owner', updateWebhook: 'owner', removeWebhook: 'owner', testWebhook: 'owner' },
  ...{
    planConnection: 'here',
    connectTool: 'here',
    disconnectTool: 'here',
    disconnectTools: 'here',
    setToolsAside: 'here',
    forgetSetAside: 'here',
    restoreTool: 'here',
    planConflictFix: 'here',
    fixConflict: 'here',
  },
  ...{ listFoundData: 'here', planImport: 'here', importData: 'here' },
  ...{ startLogin: 'here', finishLogin: 'here', cancelLogin: 'here', linkLogin: 'here' },
};

export const lanRoles = ['nobody', 'viewer', 'admin', 'owner'] as const;
export type LanRole = (typeof lanRoles)[number];

/** Q15's column for another computer, with the admin pages switched on there. */
export function expectedOnLan(name: keyof typeof adminTable, isRead: boolean, role: LanRole): number {
  const row = adminTable[name];
  if (role === 'nobody') return row[isRead ? 'nobody' : 'own page'];
  const isOwnSession = ['showSession', 'openSession', 'lockSession', 'closeSession'].includes(name);
  const least = isOwnSession ? 'viewer' : (lanExceptions[name] ?? (isRead ? 'viewer' : 'admin'));
  const order = ['viewer', 'admin', 'owner', 'here'];
  return order.indexOf(role) >= order.indexOf(least) ? row.session : 403;
}
