import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'ldapts';
import { generate } from 'selfsigned';

const program = ['/usr/sbin/slapd', '/usr/local/libexec/slapd'].find(existsSync);

/** Undefined when a real directory can be run here. */
export const slapdMissing = program === undefined ? 'no slapd (Debian: apt-get install slapd)' : undefined;

export const searcher = { dn: 'cn=reader,dc=example,dc=test', password: 'reads everything' };
export const people = 'ou=people,dc=example,dc=test';

/** OpenLDAP with a few people, on free ports of loopback. */
export class Slapd implements AsyncDisposable {
  readonly url: string;
  readonly secureUrl: string;
  /** Of the authority that made the server's certificate. */
  readonly ca: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(made: { url: string; secureUrl: string; ca: string }, process: ChildProcess, folder: string) {
    this.url = made.url;
    this.secureUrl = made.secureUrl;
    this.ca = made.ca;
    this.#process = process;
    this.#folder = folder;
  }

  static async start(): Promise<Slapd> {
    const folder = mkdtempSync(join(tmpdir(), 'waystation-slapd-'));
    mkdirSync(join(folder, 'data'));
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      curve: 'P-256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
      ],
    });
    writeFileSync(join(folder, 'key.pem'), key);
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'slapd.conf'), configuration(folder));
    writeFileSync(join(folder, 'people.ldif'), entries);
    const config = ['-f', join(folder, 'slapd.conf')];
    execFileSync(program ?? 'slapd', ['-T', 'add', ...config, '-l', join(folder, 'people.ldif')], { stdio: 'pipe' });
    const [plain, secure] = [await freePort(), await freePort()];
    const url = `ldap://localhost:${plain}`;
    const secureUrl = `ldaps://localhost:${secure}`;
    const addresses = `ldap://127.0.0.1:${plain}/ ldaps://127.0.0.1:${secure}/`;
    const child = spawn(program ?? 'slapd', [...config, '-h', addresses, '-d', '0'], { stdio: 'ignore' });
    const slapd = new Slapd({ url, secureUrl, ca: cert }, child, folder);
    await slapd.#answers();
    return slapd;
  }

  /** Groups are added while it runs: only then people get to know theirs. */
  async #answers(): Promise<void> {
    while (this.#process.exitCode === null) {
      const client = new Client({ url: this.url.replace('localhost', '127.0.0.1'), connectTimeout: 1_000 });
      try {
        await client.bind(searcher.dn, searcher.password);
      } catch {
        continue; // not up yet
      }
      for (const [name, uids] of Object.entries(groups)) {
        const member = uids.map((uid) => `uid=${uid},${people}`);
        await client.add(`cn=${name},ou=groups,dc=example,dc=test`, { objectClass: 'groupOfNames', cn: name, member });
      }
      await client.unbind();
      return;
    }
    throw new Error(`slapd ended with ${this.#process.exitCode}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null && this.#process.kill()) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function configuration(folder: string): string {
  const schemas = ['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`);
  return `${schemas.join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile ${folder}/slapd.pid
TLSCertificateFile ${folder}/cert.pem
TLSCertificateKeyFile ${folder}/key.pem
database mdb
suffix "dc=example,dc=test"
rootdn "${searcher.dn}"
rootpw ${JSON.stringify(searcher.password)}
directory ${folder}/data
maxsize 10485760
overlay memberof
memberof-refint true
`;
}

function person(uid: string, name: string, more = ''): string {
  return `dn: uid=${uid},${people}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${name}
sn: ${name}
mail: ${uid}@example.test
userPassword: ${uid}'s password
${more}`;
}

const groups = { 'relay-admins': ['ada'], 'relay-users': ['bob', 'ada'] } as const;

const entries = [
  'dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n',
  `dn: ${people}\nobjectClass: organizationalUnit\nou: people\n`,
  'dn: ou=groups,dc=example,dc=test\nobjectClass: organizationalUnit\nou: groups\n',
  person('ada', 'Ada Lovelace'),
  person('bob', 'Bob'),
  person('eve', 'Eve'),
].join('\n');
