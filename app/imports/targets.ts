import { baseUrl as wholeAddress } from '../providers/base-url.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import type { LeftReason } from './import-kind.ts';

/** What an upstream is spoken to with, in the words of all these programs. */
export type Dialect = 'messages' | 'chat' | 'responses' | 'gemini';

export interface Target {
  readonly provider: ProviderId;
  readonly settings: Readonly<Record<string, string>>;
}

interface Asked {
  readonly dialect: Dialect;
  readonly address: string | undefined;
  /** How the Messages API gets its credential. */
  readonly auth?: 'x-api-key' | 'bearer';
}

/** The vendor's own address, where an account needs none. */
const own: Readonly<Partial<Record<Dialect, { readonly host: string; readonly provider: ProviderId }>>> = {
  messages: { host: 'api.anthropic.com', provider: 'anthropic' },
  responses: { host: 'api.openai.com', provider: 'openai' },
  chat: { host: 'api.openai.com', provider: 'openai' },
  gemini: { host: 'generativelanguage.googleapis.com', provider: 'gemini' },
};

/** What comes behind the address that an account has: the clients' own path. */
const tails: Readonly<Record<Dialect, RegExp>> = {
  messages: /(?:\/v1)?(?:\/messages)?\/*$/,
  chat: /\/chat\/completions\/*$/,
  responses: /(?:\/responses)?\/*$/,
  gemini: /(?:\/v1(?:beta)?)?(?:\/models)?\/*$/,
};

/** The kind of account that an address is for, or why there is none. */
export function targetOf({ dialect, address, auth }: Asked): Target | LeftReason {
  const vendor = own[dialect];
  if (address === undefined || address === '') {
    return vendor && dialect !== 'chat' ? { provider: vendor.provider, settings: {} } : 'no-address';
  }
  if (!wholeAddress.safeParse(address).success) return 'address-unusable';
  if (new URL(address).hostname === vendor?.host) return { provider: vendor.provider, settings: {} };
  const base = address.replace(tails[dialect], '');
  switch (dialect) {
    case 'messages':
      return { provider: 'claude-console', settings: { baseUrl: base, ...(auth && { auth }) } };
    case 'responses':
      return { provider: 'openai', settings: { baseUrl: base } };
    case 'gemini':
      return { provider: 'gemini', settings: { baseUrl: base } };
    case 'chat':
      // A whole path said where the version stands, or that there is none.
      return {
        provider: 'openai-compatible',
        settings: { baseUrl: base, ...(base !== address && { version: 'none' }) },
      };
  }
}
