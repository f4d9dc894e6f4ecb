import { expect, test } from 'vitest';
import { snippetOf } from './snippet-text.ts';
import { systems, tools } from './tools.ts';
import { fetchAuthority, removalOf } from './trust-commands.ts';

const access = { address: 'http://127.0.0.1:8484', secret: 'wsk_made_up' };

test('each terminal has its own way to set a variable', () => {
  expect(systems.map((system) => snippetOf('claude', system, access))).toEqual([
    'export ANTHROPIC_BASE_URL="http://127.0.0.1:8484"\nexport ANTHROPIC_AUTH_TOKEN="wsk_made_up"\nclaude',
    '$env:ANTHROPIC_BASE_URL = "http://127.0.0.1:8484"\n$env:ANTHROPIC_AUTH_TOKEN = "wsk_made_up"\nclaude',
    'set "ANTHROPIC_BASE_URL=http://127.0.0.1:8484"\nset "ANTHROPIC_AUTH_TOKEN=wsk_made_up"\nclaude',
  ]);
});

test('every tool gets the key and, but for the key alone, the address', () => {
  for (const tool of tools) {
    for (const system of systems) {
      const text = snippetOf(tool, system, access);
      expect(text).toContain(access.secret);
      expect(text.includes(access.address)).toBe(tool !== 'key');
    }
  }
});

test('with an authority of the relay’s own, each tool is told to trust its certificate', () => {
  const encrypted = { ...access, address: 'https://192.168.1.20:8485', hasAuthority: true };
  const trusting = tools.map(
    (tool) => /NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|--cacert/.exec(snippetOf(tool, 'sh', encrypted))?.[0],
  );
  expect(Object.fromEntries(tools.map((tool, index) => [tool, trusting[index]]))).toEqual({
    claude: 'NODE_EXTRA_CA_CERTS',
    codex: 'SSL_CERT_FILE',
    'gemini-cli': 'NODE_EXTRA_CA_CERTS',
    curl: '--cacert',
    anthropic: 'NODE_EXTRA_CA_CERTS',
    openai: 'NODE_EXTRA_CA_CERTS',
    gemini: 'NODE_EXTRA_CA_CERTS',
    key: undefined,
  });
  expect(fetchAuthority('sh', encrypted.address)).toBe(
    'curl -fsSko "$HOME/waystation-ca.pem" https://192.168.1.20:8485/join/ca.pem\n' +
      'openssl x509 -in "$HOME/waystation-ca.pem" -noout -fingerprint -sha256',
  );
  expect(removalOf(['ANTHROPIC_BASE_URL'], 'sh', true)).toBe('unset ANTHROPIC_BASE_URL\nrm "$HOME/waystation-ca.pem"');
});
