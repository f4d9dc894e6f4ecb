import type { Actor } from '../../store/audit-scope.ts';
import { accountCareOperations } from './account-care-operations.ts';
import { accountOperations } from './account-operations.ts';
import { administrationOperations } from './administration-operations.ts';
import { backupOperations } from './backup-operations.ts';
import { budgetOperations } from './budget-operations.ts';
import { captureOperations } from './capture-operations.ts';
import { connectionOperations } from './connection-operations.ts';
import { type RouteName, routes } from './contract.ts';
import { diagnosticsOperations } from './diagnostics-operations.ts';
import { importOperations } from './import-operations.ts';
import { inviteOperations } from './invite-operations.ts';
import { joinOperations } from './join-operations.ts';
import { keyOperations } from './key-operations.ts';
import { liveOperations } from './live-operations.ts';
import { loginOperations } from './login-operations.ts';
import { memberOperations } from './member-operations.ts';
import { metricsOperations } from './metrics-operations.ts';
import { modelOperations } from './model-operations.ts';
import { networkOperations } from './network-operations.ts';
import { type CheckedOperations, commandLine } from './operation.ts';
import { overviewOperations } from './overview-operations.ts';
import type { AdminParts } from './parts.ts';
import { planOperations } from './plan-operations.ts';
import { priceOperations } from './price-operations.ts';
import { providerOperations } from './provider-operations.ts';
import { relayOperations } from './relay-operations.ts';
import { schedulingOperations } from './scheduling-operations.ts';
import { settingOperations } from './setting-operations.ts';
import { sharingOperations } from './sharing-operations.ts';
import { signInOperations } from './sign-in-operations.ts';
import { testCallOperations } from './test-call.ts';
import { topUpOperations } from './top-up-operations.ts';
import { usageOperations } from './usage-operations.ts';
import { webhookOperations } from './webhook-operations.ts';

/** One function for each route of the contract: mounted over HTTP, or called by a command when no relay runs. */
export function createOperations(parts: AdminParts): CheckedOperations {
  const operations: CheckedOperations = {
    ...relayOperations(parts),
    ...accountOperations(parts),
    ...accountCareOperations(parts),
    ...testCallOperations(parts),
    ...providerOperations(parts),
    ...modelOperations(parts),
    ...loginOperations(parts),
    ...settingOperations(parts),
    ...backupOperations(parts),
    ...networkOperations(parts),
    ...sharingOperations(parts),
    ...inviteOperations(parts),
    ...joinOperations(parts),
    ...keyOperations(parts),
    ...memberOperations(parts),
    ...signInOperations(parts),
    ...planOperations(parts),
    ...topUpOperations(parts),
    ...administrationOperations(parts),
    ...liveOperations(parts),
    ...captureOperations(parts),
    ...overviewOperations(parts),
    ...usageOperations(parts),
    ...metricsOperations(parts),
    ...priceOperations(parts),
    ...budgetOperations(parts),
    ...connectionOperations(parts),
    ...importOperations(parts),
    ...diagnosticsOperations(parts),
    ...schedulingOperations(parts),
    ...webhookOperations(parts),
  };
  const names = Object.keys(operations).filter(isRouteName);
  // One wrapper for each name of the same table, so it has the table's type.
  return Object.fromEntries(names.map((name) => [name, recorded(parts, name, operations[name])])) as CheckedOperations;
}

type Run = (input: unknown, actor?: Actor) => Promise<unknown>;

/** Sent with a body, but they change nothing. */
const questions: ReadonlySet<RouteName> = new Set([
  'checkSharing',
  'lookAtInvite',
  'planConflictFix',
  'planConnection',
  'planImport',
  'previewPlan',
  'replayCalls',
  'simulateCall',
  'testAccount',
  'testDirectory',
  'testProxy',
]);

/** Whatever an operation that is no question writes, the store records as its change. */
function recorded({ store, ports, live }: AdminParts, name: RouteName, run: Run): Run {
  const { method, path } = routes[name];
  if (method === 'GET') return run;
  return async (input, actor = commandLine) => {
    const change = { actor, action: name, at: ports.clock.now() };
    const answer = await store.audited(change, () => run(input, actor));
    if (!questions.has(name)) live?.changed(path.split('/')[1] ?? '');
    return answer;
  };
}

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(routes, name);
}
