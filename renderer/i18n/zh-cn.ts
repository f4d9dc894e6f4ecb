import accounts from './zh-CN/accounts.json' with { type: 'json' };
import common from './zh-CN/common.json' with { type: 'json' };
import home from './zh-CN/home.json' with { type: 'json' };
import keys from './zh-CN/keys.json' with { type: 'json' };
import live from './zh-CN/live.json' with { type: 'json' };
import signIn from './zh-CN/sign-in.json' with { type: 'json' };
import usage from './zh-CN/usage.json' with { type: 'json' };

export const zhCN = { ...accounts, ...common, ...home, ...keys, ...live, ...signIn, ...usage };
