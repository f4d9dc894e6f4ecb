import { accountCommands } from './account.ts';
import { accountAdd, accountUpdate } from './account-add.ts';
import { accountLogin } from './account-login.ts';
import { accountModels } from './account-models.ts';
import { accountProxyTest } from './account-proxy-test.ts';
import { adminCommands } from './admin.ts';
import { alertsCommand } from './alerts.ts';
import { budgetCommands } from './budget.ts';
import type { Command } from './command.ts';
import { doctorCommand } from './doctor.ts';
import { explainCommand } from './explain.ts';
import { groupCommands } from './group.ts';
import { keyCommands } from './key.ts';
import { modelCommands } from './model.ts';
import { openCommand } from './open.ts';
import { openApiCommand } from './openapi.ts';
import { planCommands } from './plan.ts';
import { routingCommands } from './routing.ts';
import { serveCommand } from './serve.ts';
import { sessionCommands } from './session.ts';
import { settingCommands } from './settings.ts';
import { statusCommand } from './status.ts';
import { topUpCommands } from './topup.ts';
import { usageCommands } from './usage.ts';

/** In the order of the help. */
export const commands: readonly Command[] = [
  serveCommand,
  statusCommand,
  doctorCommand,
  openCommand,
  accountAdd,
  accountLogin,
  ...accountCommands,
  accountProxyTest,
  accountUpdate,
  accountModels,
  ...modelCommands,
  ...groupCommands,
  ...planCommands,
  ...topUpCommands,
  ...keyCommands,
  ...usageCommands,
  ...budgetCommands,
  alertsCommand,
  ...settingCommands,
  ...adminCommands,
  openApiCommand,
  explainCommand,
  ...sessionCommands,
  ...routingCommands,
];
