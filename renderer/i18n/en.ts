import accounts from './en/accounts.json' with { type: 'json' };
import common from './en/common.json' with { type: 'json' };
import computer from './en/computer.json' with { type: 'json' };
import connections from './en/connections.json' with { type: 'json' };
import desktop from './en/desktop.json' with { type: 'json' };
import firstRun from './en/first-run.json' with { type: 'json' };
import home from './en/home.json' with { type: 'json' };
import imports from './en/imports.json' with { type: 'json' };
import keys from './en/keys.json' with { type: 'json' };
import live from './en/live.json' with { type: 'json' };
import me from './en/me.json' with { type: 'json' };
import notifications from './en/notifications.json' with { type: 'json' };
import routing from './en/routing.json' with { type: 'json' };
import settings from './en/settings.json' with { type: 'json' };
import sharing from './en/sharing.json' with { type: 'json' };
import signIn from './en/sign-in.json' with { type: 'json' };
import team from './en/team.json' with { type: 'json' };
import usage from './en/usage.json' with { type: 'json' };
import waiting from './en/waiting.json' with { type: 'json' };

/** One file for each page, so that a page brings its own. */
export const en = {
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
