import { accountCommands } from './account.ts';
import { accountAdd, accountUpdate } from './account-add.ts';
import { accountLogin } from './account-login.ts';
import { accountModels } from './account-models.ts';
import { accountProxyTest } from './account-proxy-test.ts';
import { adminCommands } from './admin.ts';
import { alertsCommand } from './alerts.ts';
import { backupCommands } from './backup.ts';
import { budgetCommands } from './budget.ts';
import { captureCommands } from './capture.ts';
import type { Command } from './command.ts';
import { connectCommand, disconnectCommand } from './connect.ts';
import { diagnosticsCommand } from './diagnostics.ts';
import { directoryCommands } from './directory.ts';
import { doctorCommand } from './doctor.ts';
import { explainCommand } from './explain.ts';
import { groupCommands } from './group.ts';
import { importCommand } from './import.ts';
import { inviteCommands } from './invite.ts';
import { joinCommand } from './join.ts';
import { keyCommands } from './key.ts';
import { memberCommands } from './member.ts';
import { secondFactorCommands } from './member-second-factor.ts';
import { memberSignInCommands } from './member-sign-in.ts';
import { metricsCommands } from './metrics.ts';
import { modelCommands } from './model.ts';
import { openCommand } from './open.ts';
import { openApiCommand } from './openapi.ts';
import { pauseCommands } from './pause.ts';
import { planCommands } from './plan.ts';
import { routingCommands } from './routing.ts';
import { serveCommand } from './serve.ts';
import { sessionCommands } from './session.ts';
import { settingCommands } from './settings.ts';
import { shareCommands } from './share.ts';
import { statusCommand } from './status.ts';
import { topUpCommands } from './topup.ts';
import { usageCommands } from './usage.ts';
import { webhookCommands } from './webhook.ts';

/** In the order of the help. */
export const commands: readonly Command[] = [
  serveCommand,
  statusCommand,
  doctorCommand,
  diagnosticsCommand,
  openCommand,
  connectCommand,
  disconnectCommand,
  importCommand,
  ...pauseCommands,
  accountAdd,
  accountLogin,
  ...accountCommands,
  accountProxyTest,
  accountUpdate,
  accountModels,
  ...modelCommands,
  ...groupCommands,
  ...memberCommands,
  ...memberSignInCommands,
  ...secondFactorCommands,
  ...planCommands,
  ...topUpCommands,
  ...keyCommands,
  ...usageCommands,
  ...metricsCommands,
  ...budgetCommands,
  alertsCommand,
  ...webhookCommands,
  ...captureCommands,
  ...settingCommands,
  ...backupCommands,
  ...adminCommands,
  ...directoryCommands,
  ...shareCommands,
  ...inviteCommands,
  joinCommand,
  openApiCommand,
  explainCommand,
  ...sessionCommands,
  ...routingCommands,
];
