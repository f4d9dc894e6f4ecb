import type { System, Tool } from './tools.ts';
import { curlTrust, trustSetting } from './trust-commands.ts';

export interface Access {
  readonly address: string;
  readonly secret: string;
  /** Whether the relay encrypts with an authority of its own, whose certificate was saved. */
  readonly hasAuthority?: boolean | undefined;
}

/** What to paste into a terminal of that system, so that the tool uses the key. */
export function snippetOf(tool: Tool, system: System, access: Access): string {
  const { address, secret } = access;
  const settings = settingsOf(tool, system, access).map(([name, value]) => setting(system, name, value));
  switch (tool) {
    case 'claude':
      return [...settings, 'claude'].join('\n');
    case 'codex':
      return [...settings, codex(address)].join('\n');
    case 'gemini-cli':
      return [...settings, 'gemini'].join('\n');
    case 'curl': {
      const trust = access.hasAuthority ? ` ${curlTrust(system)}` : '';
      const curl = system === 'sh' ? 'curl' : 'curl.exe';
      return `${curl}${trust} ${address}/v1/models -H "Authorization: Bearer ${secret}"`;
    }
    case 'anthropic':
    case 'openai':
    case 'gemini':
      return settings.join('\n');
    case 'key':
      return secret;
  }
}

/** The variables that a tool gets in a snippet, in order. */
export function settingsOf(tool: Tool, system: System, access: Access): readonly (readonly [string, string])[] {
  const trust = access.hasAuthority ? trustSetting(tool, system) : undefined;
  return [...Object.entries(ownSettings(tool, access)), ...(trust ? [trust] : [])];
}

function ownSettings(tool: Tool, { address, secret }: Access): Readonly<Record<string, string>> {
  switch (tool) {
    case 'claude':
      return { ANTHROPIC_BASE_URL: address, ANTHROPIC_AUTH_TOKEN: secret };
    case 'codex':
      return { WAYSTATION_KEY: secret };
    case 'gemini-cli':
      // The one way that needs no settings file and starts without a question.
      return { CODE_ASSIST_ENDPOINT: address, GOOGLE_GENAI_USE_GCA: 'true', GOOGLE_CLOUD_ACCESS_TOKEN: secret };
    case 'anthropic':
      return { ANTHROPIC_BASE_URL: address, ANTHROPIC_API_KEY: secret };
    case 'openai':
      return { OPENAI_BASE_URL: `${address}/v1`, OPENAI_API_KEY: secret };
    case 'gemini':
      return { GOOGLE_GEMINI_BASE_URL: address, GEMINI_API_KEY: secret };
    case 'curl':
    case 'key':
      return {};
  }
}

/** Whether it is the same in every terminal. */
export function isPlain(tool: Tool): boolean {
  return tool === 'key';
}

/** TOML takes single quotes too, so one line suits all three terminals. */
function codex(address: string): string {
  const provider = `{name='Waystation',base_url='${address}/v1',env_key='WAYSTATION_KEY',wire_api='responses'}`;
  return `codex -c model_provider=waystation -c "model_providers.waystation=${provider}"`;
}

function setting(system: System, name: string, value: string): string {
  if (system === 'powershell') return `$env:${name} = "${value}"`;
  return system === 'cmd' ? `set "${name}=${value}"` : `export ${name}="${value}"`;
}
