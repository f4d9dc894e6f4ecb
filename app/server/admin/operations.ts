import { accountCareOperations } from './account-care-operations.ts';
import { accountOperations } from './account-operations.ts';
import { budgetOperations } from './budget-operations.ts';
import { keyOperations } from './key-operations.ts';
import { loginOperations } from './login-operations.ts';
import { modelOperations } from './model-operations.ts';
import type { CheckedOperations } from './operation.ts';
import type { AdminParts } from './parts.ts';
import { priceOperations } from './price-operations.ts';
import { relayOperations } from './relay-operations.ts';
import { schedulingOperations } from './scheduling-operations.ts';
import { settingOperations } from './setting-operations.ts';
import { usageOperations } from './usage-operations.ts';

/** One function for each route of the contract: mounted over HTTP, or called by a command when no relay runs. */
export function createOperations(parts: AdminParts): CheckedOperations {
  return {
    ...relayOperations(parts),
    ...accountOperations(parts),
    ...accountCareOperations(parts),
    ...modelOperations(parts),
    ...loginOperations(parts),
    ...settingOperations(parts),
    ...keyOperations(parts),
    ...usageOperations(parts),
    ...priceOperations(parts),
    ...budgetOperations(parts),
    ...schedulingOperations(parts),
  };
}
