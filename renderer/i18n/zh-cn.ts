import accounts from './zh-CN/accounts.json' with { type: 'json' };
import common from './zh-CN/common.json' with { type: 'json' };
import computer from './zh-CN/computer.json' with { type: 'json' };
import connections from './zh-CN/connections.json' with { type: 'json' };
import desktop from './zh-CN/desktop.json' with { type: 'json' };
import firstRun from './zh-CN/first-run.json' with { type: 'json' };
import home from './zh-CN/home.json' with { type: 'json' };
import imports from './zh-CN/imports.json' with { type: 'json' };
import keys from './zh-CN/keys.json' with { type: 'json' };
import live from './zh-CN/live.json' with { type: 'json' };
import me from './zh-CN/me.json' with { type: 'json' };
import notifications from './zh-CN/notifications.json' with { type: 'json' };
import routing from './zh-CN/routing.json' with { type: 'json' };
import settings from './zh-CN/settings.json' with { type: 'json' };
import sharing from './zh-CN/sharing.json' with { type: 'json' };
import signIn from './zh-CN/sign-in.json' with { type: 'json' };
import team from './zh-CN/team.json' with { type: 'json' };
import usage from './zh-CN/usage.json' with { type: 'json' };
import waiting from './zh-CN/waiting.json' with { type: 'json' };

export const zhCN = {
  ...accounts,
  ...common,
  ...computer,
  ...connections,
  ...desktop,
  ...firstRun,
  ...home,
  ...imports,
  ...keys,
  ...live,
  ...me,
  ...notifications,
  ...routing,
  ...settings,
  ...sharing,
  ...signIn,
  ...team,
  ...usage,
  ...waiting,
};
