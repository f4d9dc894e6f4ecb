import type { System, Tool } from './tools.ts';

/** Where the certificate is kept, as that terminal writes it. */
const files: Readonly<Record<System, string>> = {
  sh: '$HOME/waystation-ca.pem',
  powershell: '$HOME\\waystation-ca.pem',
  cmd: '%USERPROFILE%\\waystation-ca.pem',
};

/** Programs on Node add an authority; the others take a file in the place of their own list. */
const variables: Readonly<Record<Exclude<Tool, 'curl' | 'key'>, string>> = {
  claude: 'NODE_EXTRA_CA_CERTS',
  'gemini-cli': 'NODE_EXTRA_CA_CERTS',
  codex: 'SSL_CERT_FILE',
  anthropic: 'NODE_EXTRA_CA_CERTS',
  openai: 'NODE_EXTRA_CA_CERTS',
  gemini: 'NODE_EXTRA_CA_CERTS',
};

/** Saves the certificate and prints its fingerprint. It is not trusted before both were compared. */
export function fetchAuthority(system: System, url: string): string {
  const file = files[system];
  const curl = system === 'sh' ? 'curl' : 'curl.exe';
  const show = system === 'sh' ? `openssl x509 -in "${file}" -noout -fingerprint -sha256` : `certutil -dump "${file}"`;
  return `${curl} -fsSko "${file}" ${url}/join/ca.pem\n${show}`;
}

/** What makes a tool trust it; undefined for what has no setting of its own. */
export function trustSetting(tool: Tool, system: System): readonly [string, string] | undefined {
  if (tool === 'curl' || tool === 'key') return undefined;
  return [variables[tool], files[system]];
}

/** How curl trusts it. */
export function curlTrust(system: System): string {
  return `--cacert "${files[system]}"`;
}

/** Lets every program of the computer trust it. */
export const systemTrust: readonly { readonly name: string; readonly command: string }[] = [
  {
    name: 'macOS',
    command:
      'sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain "$HOME/waystation-ca.pem"',
  },
  {
    name: 'Linux (Debian, Ubuntu)',
    command:
      'sudo cp "$HOME/waystation-ca.pem" /usr/local/share/ca-certificates/waystation-ca.crt && sudo update-ca-certificates',
  },
  {
    name: 'Linux (Fedora)',
    command: 'sudo cp "$HOME/waystation-ca.pem" /etc/pki/ca-trust/source/anchors/ && sudo update-ca-trust',
  },
  { name: 'Windows (cmd)', command: 'certutil -user -addstore Root "%USERPROFILE%\\waystation-ca.pem"' },
];

/** Takes away what was pasted. */
export function removalOf(names: readonly string[], system: System, hasAuthority: boolean): string {
  const lines: Readonly<Record<System, (name: string) => string>> = {
    sh: (name) => `unset ${name}`,
    powershell: (name) => `Remove-Item Env:${name}`,
    cmd: (name) => `set "${name}="`,
  };
  const erase: Readonly<Record<System, string>> = { sh: 'rm', powershell: 'Remove-Item', cmd: 'del' };
  return [...names.map(lines[system]), ...(hasAuthority ? [`${erase[system]} "${files[system]}"`] : [])].join('\n');
}
