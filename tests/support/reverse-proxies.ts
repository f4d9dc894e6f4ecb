import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

const page = join(import.meta.dirname, '..', '..', 'docs', 'reverse-proxy.md');
const domain = 'relay.example.com';

export type ProxyName = 'nginx' | 'caddy';

const programs = {
  nginx: ['/usr/sbin/nginx', '/usr/local/sbin/nginx'].find(existsSync),
  caddy: ['/usr/bin/caddy', '/usr/local/bin/caddy'].find(existsSync),
};

/** Undefined when that proxy can be run here. */
export function proxyMissing(name: ProxyName): string | undefined {
  return programs[name] === undefined ? `no ${name} (Debian: apt-get install nginx-light caddy)` : undefined;
}

export interface ProxyPlace {
  /** Where it listens. */
  readonly address: string;
  readonly port: number;
  /** Where Waystation is. */
  readonly upstream: string;
}

/** What the documentation tells people to write, with nothing changed but addresses, and where the certificate is. */
export class ReverseProxy implements AsyncDisposable {
  readonly certificate: string;
  readonly place: ProxyPlace;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(made: Pick<ReverseProxy, 'certificate' | 'place'>, process: ChildProcess, folder: string) {
    this.certificate = made.certificate;
    this.place = made.place;
    this.#process = process;
    this.#folder = folder;
  }

  static get domain(): string {
    return domain;
  }

  static async start(name: ProxyName, place: ProxyPlace): Promise<ReverseProxy> {
    const folder = mkdtempSync(join(tmpdir(), `waystation-${name}-`));
    const { private: key, cert } = await generate([{ name: 'commonName', value: domain }], {
      keyType: 'ec',
      curve: 'P-256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: domain }] },
      ],
    });
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'key.pem'), key);
    const child = starters[name](folder, place);
    const proxy = new ReverseProxy({ certificate: cert, place }, child, folder);
    await proxy.#answers();
    return proxy;
  }

  async #answers(): Promise<void> {
    while (this.#process.exitCode === null) {
      const isUp = await new Promise((resolve) => {
        const socket = connect(this.place.port, this.place.address, () => resolve(true));
        socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
      });
      if (isUp) return;
    }
    throw new Error(`The proxy ended with ${this.#process.exitCode}: ${logOf(this.#folder)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null && this.#process.kill('SIGKILL')) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function logOf(folder: string): string {
  return existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8') : '';
}

/** The code under a heading of the page. */
function snippet(heading: string): string {
  const [, text] = new RegExp(`## ${heading}\\n[^]*?\`\`\`\\w*\\n([^]*?)\`\`\``).exec(readFileSync(page, 'utf8')) ?? [];
  if (text === undefined) throw new Error(`docs/reverse-proxy.md has nothing under ${heading}`);
  return text;
}

/** Each must be there: a page that changed must not leave a test of something else. */
function replaced(text: string, pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs).reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`docs/reverse-proxy.md no longer says ${from}`);
    return before.replaceAll(from, to);
  }, text);
}

const starters: Readonly<Record<ProxyName, (folder: string, place: ProxyPlace) => ChildProcess>> = {
  nginx(folder, { address, port, upstream }) {
    const site = replaced(snippet('nginx'), {
      'listen 443 ssl': `listen ${address}:${port} ssl`,
      '127.0.0.1:8485': upstream,
      '/etc/ssl/relay.example.com.pem': join(folder, 'cert.pem'),
      '/etc/ssl/relay.example.com.key': join(folder, 'key.pem'),
    });
    const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const places = kinds.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join('\n');
    const log = join(folder, 'log');
    const main = `daemon off; master_process off; pid ${join(folder, 'pid')}; error_log ${log}; events {}\n`;
    writeFileSync(join(folder, 'nginx.conf'), `${main}http {\naccess_log off;\n${places}\n${site}}\n`);
    const options = ['-p', folder, '-e', log, '-c', join(folder, 'nginx.conf')];
    return spawn(programs.nginx ?? 'nginx', options, { stdio: 'ignore' });
  },
  caddy(folder, { address, port, upstream }) {
    const files = `${join(folder, 'cert.pem')} ${join(folder, 'key.pem')}`;
    const site = replaced(snippet('Caddy'), {
      'relay.example.com {': `https://${domain}:${port} {\n\tbind ${address}\n\ttls ${files}`,
      '127.0.0.1:8485': upstream,
    });
    mkdirSync(join(folder, 'home'));
    writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`);
    const env = { HOME: join(folder, 'home'), XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    const log = openSync(join(folder, 'log'), 'a');
    const options = ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'];
    return spawn(programs.caddy ?? 'caddy', options, { stdio: ['ignore', log, log], env });
  },
};
