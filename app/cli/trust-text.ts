import { type Definition, definitionList } from './definitions.ts';
import type { Page } from './page.ts';

const file = 'waystation-ca.pem';

/** How each tool on another computer learns to trust the authority, in one line. */
const trustLines: readonly Definition[] = [
  ['Claude Code', `NODE_EXTRA_CA_CERTS=/path/to/${file}`],
  ['Gemini CLI', `NODE_EXTRA_CA_CERTS=/path/to/${file}`],
  ['Codex', `SSL_CERT_FILE=/path/to/${file}`],
  ['Python SDKs', `SSL_CERT_FILE=/path/to/${file}`],
  ['curl', `curl --cacert /path/to/${file}`],
];

export function trustText(page: Page, url: string): string {
  return [
    `On each other computer: save the authority as ${file} (waystation share ca > ${file}), compare its fingerprint, and set`,
    definitionList(page, [['Base URL', url], ['Key', 'from: waystation key create --name NAME'], ...trustLines]),
  ].join('\n');
}
