import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { FoundEntry } from '../../app/imports/entry.ts';
import type { ImportKind } from '../../app/imports/import-kind.ts';
import { findSource, readSource } from '../../app/imports/sources.ts';
import { card, writeCcSwitch, writeExport, writeRouterConfig, writeRouterDatabase } from '../support/foreign-data.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const nowMs = Date.UTC(2026, 10, 29);
const timeZone = 'Asia/Tokyo';

function read(kind: ImportKind, file: string, env: Readonly<Record<string, string>> = {}): readonly FoundEntry[] {
  return readSource(kind, file, { home: '/nowhere', env, nowMs, timeZone });
}

/** By name: what becomes of it. */
function outcomes(entries: readonly FoundEntry[]): Record<string, unknown> {
  return Object.fromEntries(
    entries.map((entry) => {
      if (entry.kind === 'left') return [entry.name, entry.reason];
      return [entry.name, entry.kind === 'account' ? entry.account : entry.key];
    }),
  );
}

describe('cc-switch', () => {
  const codexConfig = [
    'model_provider = "other"',
    'model = "gpt-5"',
    '[model_providers.other]',
    'base_url = "https://codex.example/v1"',
    'wire_api = "responses"',
  ].join('\n');

  test('each card becomes an account of its kind, or says why not', () => {
    const file = writeCcSwitch(temporaryFolder(), [
      card.claude('token', { ANTHROPIC_BASE_URL: 'https://relay.example/api', ANTHROPIC_AUTH_TOKEN: 'made-up-1' }),
      card.claude('key', { ANTHROPIC_BASE_URL: 'https://keys.example', ANTHROPIC_API_KEY: 'made-up-2' }),
      card.claude('vendor', { ANTHROPIC_API_KEY: 'sk-ant-api-made-up' }),
      card.claude('mapped', {
        ...{
          ANTHROPIC_BASE_URL: 'https://glm.example',
          ANTHROPIC_AUTH_TOKEN: 'made-up-3',
          ANTHROPIC_MODEL: 'glm-5[1m]',
        },
        ANTHROPIC_DEFAULT_HAIKU_MODEL: 'glm-5-air',
      }),
      card.claude(
        'chat',
        { ANTHROPIC_BASE_URL: 'https://chat.example/v1', ANTHROPIC_AUTH_TOKEN: 'made-up-4' },
        { apiFormat: 'openai_chat' },
      ),
      card.claude('Claude Official', {}),
      card.claude('login', { ANTHROPIC_AUTH_TOKEN: 'sk-ant-oat01-made-up' }),
      card.claude('empty', { ANTHROPIC_BASE_URL: 'https://empty.example' }),
      card.claude(
        'odd',
        { ANTHROPIC_BASE_URL: 'https://odd.example', ANTHROPIC_API_KEY: 'made-up-5' },
        { apiFormat: 'smoke' },
      ),
      card.codex('codex', 'made-up-6', codexConfig),
      card.codex('codex chat', 'made-up-7', codexConfig.replace('"responses"', '"chat"')),
      card.codex('OpenAI Official', undefined),
      card.gemini('gemini', { GEMINI_API_KEY: 'made-up-8', GOOGLE_GEMINI_BASE_URL: 'https://gem.example' }),
      card.gemini('Google Official', {}),
      { program: 'grokbuild', name: 'grok', settings: { config: '' } },
    ]);
    const isEnabled = true;
    const console = (baseUrl: string, auth: string) => ({
      provider: 'claude-console',
      settings: { baseUrl, auth },
      isEnabled,
    });
    expect(outcomes(read('cc-switch', file))).toEqual({
      token: { ...console('https://relay.example/api', 'bearer'), secret: 'made-up-1' },
      key: { ...console('https://keys.example', 'x-api-key'), secret: 'made-up-2' },
      vendor: { provider: 'anthropic', settings: {}, secret: 'sk-ant-api-made-up', isEnabled },
      mapped: {
        ...console('https://glm.example', 'bearer'),
        secret: 'made-up-3',
        modelMap: { 'claude-*opus*': 'glm-5', 'claude-*sonnet*': 'glm-5', 'claude-*haiku*': 'glm-5-air' },
      },
      chat: {
        provider: 'openai-compatible',
        settings: { baseUrl: 'https://chat.example/v1' },
        secret: 'made-up-4',
        isEnabled,
      },
      'Claude Official': 'subscription',
      login: 'subscription',
      empty: 'no-secret',
      odd: 'protocol-unknown',
      codex: { provider: 'openai', settings: { baseUrl: 'https://codex.example/v1' }, secret: 'made-up-6', isEnabled },
      'codex chat': {
        ...{ provider: 'openai-compatible', settings: { baseUrl: 'https://codex.example/v1' } },
        ...{ secret: 'made-up-7', isEnabled },
      },
      'OpenAI Official': 'subscription',
      gemini: { provider: 'gemini', settings: { baseUrl: 'https://gem.example' }, secret: 'made-up-8', isEnabled },
      'Google Official': 'subscription',
      grok: 'program-unknown',
    });
  });

  test('its database is not touched, whether it is in use or not', () => {
    const home = temporaryFolder();
    const one = card.claude('one', { ANTHROPIC_BASE_URL: 'https://a.example', ANTHROPIC_AUTH_TOKEN: 'made-up' });
    const file = writeCcSwitch(home, [one], { isLogged: true, hasMeta: false });
    const folder = join(home, '.cc-switch');
    const before = readFileSync(file);
    expect(read('cc-switch', file)).toHaveLength(1);
    expect([readdirSync(folder), readFileSync(file).equals(before)]).toEqual([['cc-switch.db'], true]);

    // The program runs, and what it wrote last is in its log.
    const running = new Database(file);
    running.prepare("update providers set name = 'renamed'").run();
    const beside = readdirSync(folder);
    expect(read('cc-switch', file).map(({ name }) => name)).toEqual(['renamed']);
    expect([readdirSync(folder), readFileSync(file).equals(before)]).toEqual([beside, true]);
    running.close();
  });

  test.each([
    ['another database', (file: string) => new Database(file).exec('create table other (id text)').close()],
    ['no database', (file: string) => writeFileSync(file, 'hello')],
    ['nothing', () => undefined],
    ['something without an end', undefined],
  ])('%s is said to be none of it', (_, write) => {
    const file = write ? join(temporaryFolder(), 'x.db') : '/dev/zero';
    write?.(file);
    expect(() => read('cc-switch', file)).toThrow(/is not (the database|there|a file)/);
  });
});

describe('claude-code-router', () => {
  const providers = `{
    // hand-made
    "Providers": [
      { name: "open", api_base_url: "https://open.example/api/v1/chat/completions", api_key: "made-up-1", models: ["a/b", "c"], transformer: { use: ["openrouter"] }, },
      { name: "deep", api_base_url: "https://deep.example/chat/completions", api_key: "$DEEP_KEY", models: [] },
      { name: "gem", api_base_url: "https://generativelanguage.googleapis.com/v1beta/models/", api_key: "made-up-3", models: ["gemini-9"], transformer: { use: ["gemini"] } },
      { name: "claude", api_base_url: "https://c.example/v1/messages", api_key: "made-up-4", transformer: { use: ["Anthropic"] } },
      { name: "cloud", api_base_url: "https://v.example", api_key: "made-up-5", transformer: { use: [["vertex-gemini", {}]] } },
      { name: "unset", api_base_url: "https://u.example/v1/chat/completions", api_key: "\${NO_SUCH_KEY}" },
    ],
    "Router": { "default": "open,a/b" },
  }`;

  test('each provider becomes an account; keys that are only named are looked up', () => {
    const file = writeRouterConfig(temporaryFolder(), providers);
    const chat = (baseUrl: string) => ({
      provider: 'openai-compatible',
      settings: { baseUrl, version: 'none' },
      isEnabled: true,
    });
    expect(outcomes(read('claude-code-router', file, { DEEP_KEY: 'made-up-2' }))).toEqual({
      open: { ...chat('https://open.example/api/v1'), secret: 'made-up-1', models: ['a/b', 'c'] },
      deep: { ...chat('https://deep.example'), secret: 'made-up-2' },
      gem: { provider: 'gemini', settings: {}, secret: 'made-up-3', models: ['gemini-9'], isEnabled: true },
      claude: {
        provider: 'claude-console',
        settings: { baseUrl: 'https://c.example' },
        secret: 'made-up-4',
        isEnabled: true,
      },
      cloud: 'protocol-unknown',
      unset: 'no-secret',
    });
  });

  test('its third version keeps several keys of a provider in a database: an account for each', () => {
    const home = temporaryFolder();
    writeRouterConfig(home, providers);
    const file = writeRouterDatabase(home, {
      Providers: [
        {
          ...{ name: 'team', baseUrl: 'https://t.example/v1', type: 'anthropic_messages', models: [] },
          credentials: [
            { label: 'first', apiKey: 'made-up-1' },
            { apiKey: 'made-up-2', enabled: false },
          ],
        },
      ],
    });
    expect(findSource('claude-code-router', home)).toBe(file);
    const account = { provider: 'claude-console', settings: { baseUrl: 'https://t.example' } };
    expect(outcomes(read('claude-code-router', file))).toEqual({
      'team first': { ...account, secret: 'made-up-1', isEnabled: true },
      'team 2': { ...account, secret: 'made-up-2', isEnabled: false },
    });
  });

  test('a file without providers says what it should be', () => {
    const file = writeRouterConfig(temporaryFolder(), '{"a": 1}');
    expect(() => read('claude-code-router', file)).toThrow(/no list of providers/);
  });
});

describe('claude-relay-service', () => {
  const secret = 'cr_made-up-0123456789abcdef';

  test('what data-transfer exports: logins stay, digests are no keys, and a plain key keeps its limits', () => {
    const file = writeExport(temporaryFolder(), {
      metadata: { version: '2.0', sanitized: false, decrypted: true },
      data: {
        claudeAccounts: [{ id: 'c1', name: 'max', accessToken: 'made-up', refreshToken: 'made-up' }],
        geminiAccounts: [{ id: 'g1', name: 'gem', geminiOauth: {} }],
        apiKeys: [
          { id: 'k1', name: 'digest', apiKey: 'ab'.repeat(32), isActive: 'true' },
          {
            ...{ id: 'k2', name: 'plain', apiKey: secret, isActive: 'false', description: 'of the\nbuild server' },
            ...{ tags: '["ci"]', permissions: 'claude', concurrencyLimit: '3', expiresAt: '2027-01-01T00:00:00.000Z' },
            ...{ enableModelRestriction: 'true', restrictedModels: '["claude-opus-4"]', tokenLimit: '0' },
            ...{ rateLimitWindow: '60', rateLimitRequests: '100', dailyCostLimit: '2.5', totalCostLimit: '0' },
            weeklyOpusCostLimit: '10',
          },
          { id: 'k3', name: 'old', apiKey: `${secret}-2`, expiresAt: '2026-01-01T00:00:00.000Z' },
          { id: 'k4', name: 'weak', apiKey: 'cr_short' },
        ],
        admins: [{ username: 'admin' }],
      },
    });
    const limit = { mode: 'strict' };
    expect(outcomes(read('claude-relay-service', file))).toEqual({
      max: 'subscription',
      gem: 'subscription',
      digest: 'hashed',
      plain: {
        secret,
        isEnabled: false,
        fields: {
          ...{ note: 'of the build server', expiresAt: Date.UTC(2027, 0, 1), maxConcurrent: 3, tags: ['ci'] },
          ...{ deniedModels: ['claude-opus-4'], services: ['anthropic', 'bedrock'] },
          limits: [
            { ...limit, measure: 'requests', amount: 100, window: { kind: 'rolling', lengthMs: 3_600_000 } },
            { ...limit, measure: 'cost', amount: 2_500_000_000, window: { kind: 'calendar', unit: 'day', timeZone } },
            {
              ...{ ...limit, measure: 'cost', amount: 10_000_000_000, models: ['claude-opus-*'] },
              window: { kind: 'calendar', unit: 'week', timeZone },
            },
          ],
        },
      },
      old: 'expired',
      weak: 'key-unusable',
    });
  });

  test('what its migration route answers has accounts with keys, their models and their proxy', () => {
    const file = writeExport(temporaryFolder(), {
      success: true,
      data: {
        openaiOAuthAccounts: [{ id: 'o1', name: 'plus', credentials: { access_token: 'made-up' } }],
        claudeConsoleAccounts: [
          {
            ...{ id: 'a1', name: 'console', isActive: true, schedulable: false },
            credentials: { api_key: 'made-up-1', base_url: 'https://c.example/api', model_mapping: { a: 'a', b: 'c' } },
            proxy: { protocol: 'socks5', host: 'p.example', port: 1080, username: 'me', password: 'p@ss' },
          },
          {
            id: 'a2',
            name: 'sealed',
            credentials: { api_key: `${'0'.repeat(32)}:abcdef`, base_url: 'https://c.example' },
          },
        ],
        openaiResponsesAccounts: [
          { id: 'r1', name: 'responses', credentials: { api_key: 'made-up-2', base_url: 'https://r.example/v1' } },
        ],
      },
    });
    expect(outcomes(read('claude-relay-service', file))).toEqual({
      plus: 'subscription',
      console: {
        ...{ provider: 'claude-console', settings: { baseUrl: 'https://c.example/api' }, secret: 'made-up-1' },
        ...{ models: ['a', 'b'], modelMap: { b: 'c' }, proxy: 'socks5://me:p%40ss@p.example:1080', isEnabled: false },
      },
      sealed: 'sealed',
      responses: {
        provider: 'openai',
        settings: { baseUrl: 'https://r.example/v1' },
        secret: 'made-up-2',
        isEnabled: true,
      },
    });
  });

  test('a sanitized export has no key that works', () => {
    const file = writeExport(temporaryFolder(), {
      metadata: { version: '1.0', sanitized: true },
      data: { apiKeys: [{ id: 'k', name: 'one', apiKey: 'cr_1234567...[REDACTED]' }] },
    });
    expect(outcomes(read('claude-relay-service', file))).toEqual({ one: 'sanitized' });
  });
});
