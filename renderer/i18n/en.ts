import accounts from './en/accounts.json' with { type: 'json' };
import common from './en/common.json' with { type: 'json' };
import home from './en/home.json' with { type: 'json' };
import keys from './en/keys.json' with { type: 'json' };
import live from './en/live.json' with { type: 'json' };
import signIn from './en/sign-in.json' with { type: 'json' };
import usage from './en/usage.json' with { type: 'json' };

/** One file for each page, so that a page brings its own. */
export const en = { ...accounts, ...common, ...home, ...keys, ...live, ...signIn, ...usage };
