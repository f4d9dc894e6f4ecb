import accounts from './ja/accounts.json' with { type: 'json' };
import common from './ja/common.json' with { type: 'json' };
import home from './ja/home.json' with { type: 'json' };
import keys from './ja/keys.json' with { type: 'json' };
import live from './ja/live.json' with { type: 'json' };
import signIn from './ja/sign-in.json' with { type: 'json' };
import usage from './ja/usage.json' with { type: 'json' };

export const ja = { ...accounts, ...common, ...home, ...keys, ...live, ...signIn, ...usage };
