import accounts from './ja/accounts.json' with { type: 'json' };
import common from './ja/common.json' with { type: 'json' };
import computer from './ja/computer.json' with { type: 'json' };
import connections from './ja/connections.json' with { type: 'json' };
import desktop from './ja/desktop.json' with { type: 'json' };
import firstRun from './ja/first-run.json' with { type: 'json' };
import home from './ja/home.json' with { type: 'json' };
import imports from './ja/imports.json' with { type: 'json' };
import keys from './ja/keys.json' with { type: 'json' };
import live from './ja/live.json' with { type: 'json' };
import me from './ja/me.json' with { type: 'json' };
import notifications from './ja/notifications.json' with { type: 'json' };
import routing from './ja/routing.json' with { type: 'json' };
import settings from './ja/settings.json' with { type: 'json' };
import sharing from './ja/sharing.json' with { type: 'json' };
import signIn from './ja/sign-in.json' with { type: 'json' };
import team from './ja/team.json' with { type: 'json' };
import usage from './ja/usage.json' with { type: 'json' };
import waiting from './ja/waiting.json' with { type: 'json' };

export const ja = {
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
