/// <reference path="./multicast-dns.d.ts" />
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Answer, Asker, MulticastDns, Packet } from 'multicast-dns';
import type { Clock } from '../domain/clock.ts';

export interface LocalNameDeps {
  readonly clock: Clock;
  warn(message: string): void;
}

/** How long anybody who has the name already may take to say so. */
const probeMs = 750;
const secondsToKeep = 120;
/** For who asks once, from a port of its own. */
const secondsToKeepOnce = 10;
const mdnsPort = 5353;

interface Speaker {
  readonly socket: MulticastDns;
  readonly records: readonly Answer[];
  /** Who is on that network. */
  readonly neighbours: BlockList;
}

/** Says on the chosen networks which addresses `NAME.local` has, and nothing else. */
export class LocalName {
  readonly #deps: LocalNameDeps;
  #wanted = '';
  #name = '';
  #addresses = new BlockList();
  #speakers: readonly Speaker[] = [];
  #isOurs = false;
  #problem: string | undefined;
  #cancel: () => void = () => undefined;

  constructor(deps: LocalNameDeps) {
    this.#deps = deps;
  }

  /** Why nobody finds us by it; undefined while all is well. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** From now on; what is the same as before goes on. Undefined, or no address, says goodbye. */
  async use(name: string | undefined, addresses: readonly string[]): Promise<void> {
    const wanted = name === undefined || addresses.length === 0 ? '' : [name, ...addresses].join(' ');
    if (wanted === this.#wanted) return;
    await this.#end();
    this.#wanted = wanted;
    if (wanted === '' || name === undefined) return;
    this.#name = `${name}.local`;
    this.#addresses = listOf(addresses);
    // Loaded late: most installations have no such name.
    const { default: multicastDns } = await import('multicast-dns');
    const places = placesOf(addresses);
    this.#speakers = places.map(({ through, own, neighbours }) => {
      const socket = multicastDns({ interface: through, bind: '0.0.0.0' });
      const records = own.map((data) => ({ name: this.#name, type: typeOf(data), data }));
      const speaker = { socket, records, neighbours };
      socket.on('query', (query: Packet, from: Asker) => this.#answer(speaker, query, from));
      socket.on('response', (response: Packet, from: Asker) => this.#hear(speaker, response, from));
      socket.on('error', (error: Error) => this.#fail(`${this.#name} cannot be announced: ${error.message}.`));
      socket.on('warning', (error: NodeJS.ErrnoException) => {
        // Others may say what nobody understands; only what keeps us from being heard counts.
        if (error.syscall === 'addMembership') this.#fail(`${this.#name} cannot be announced: ${error.message}.`);
      });
      socket.query({ questions: [{ name: this.#name, type: 'ANY' }] });
      return speaker;
    });
    // It is spoken over IPv4; who has chosen an address of another kind must not wait to be found.
    if (places.length === 0 && addresses.some((address) => isIP(address) === 6)) {
      this.#fail(`${this.#name} cannot be announced: ${addresses.join(' and ')} is on no network with IPv4.`);
    }
    this.#cancel = this.#deps.clock.after(probeMs, () => this.#begin());
  }

  stop(): Promise<void> {
    return this.use(undefined, []);
  }

  #begin(): void {
    if (this.#problem !== undefined) return;
    this.#isOurs = true;
    for (const { socket, records } of this.#speakers) socket.respond({ answers: kept(records, secondsToKeep) });
  }

  #answer({ socket, records, neighbours }: Speaker, { id = 0, questions = [] }: Packet, from: Asker): void {
    if (!this.#isOurs || !isNeighbour(neighbours, from)) return;
    const asked = questions.filter(({ name }) => name.toLowerCase() === this.#name);
    const found = records.filter(({ type }) => asked.some((one) => one.type === type || one.type === 'ANY'));
    if (found.length === 0) return;
    if (from.port === mdnsPort) {
      socket.respond({ answers: kept(found, secondsToKeep) });
      return;
    }
    const once = found.map((record) => ({ ...record, ttl: secondsToKeepOnce }));
    socket.respond({ id, questions: asked, answers: once }, from);
  }

  /** Somebody else who has our name keeps it: two answers would lead people, with their keys, to either. */
  #hear({ neighbours }: Speaker, { answers = [] }: Packet, from: Asker): void {
    if (!isNeighbour(neighbours, from)) return;
    const isTheirs = answers.some(
      ({ name, type, data, ttl }) =>
        name.toLowerCase() === this.#name &&
        (type === 'A' || type === 'AAAA') &&
        ttl !== 0 &&
        !this.#addresses.check(String(data), type === 'A' ? 'ipv4' : 'ipv6'),
    );
    if (isTheirs) this.#fail(`${from.address} calls itself ${this.#name} already. Choose another name.`);
  }

  /** Said once. */
  #fail(problem: string): void {
    if (this.#problem !== undefined) return;
    this.#problem = problem;
    this.#isOurs = false;
    this.#deps.warn(problem);
  }

  /** Others forget the name at once, not after two minutes. */
  async #end(): Promise<void> {
    this.#cancel();
    const [speakers, isOurs] = [this.#speakers, this.#isOurs];
    this.#speakers = [];
    this.#isOurs = false;
    this.#problem = undefined;
    await Promise.all(speakers.map((speaker) => close(speaker, isOurs)));
  }
}

function close({ socket, records }: Speaker, isKnown: boolean): Promise<void> {
  return new Promise((resolve) => {
    const end = () => socket.destroy(() => resolve());
    if (isKnown) socket.respond({ answers: kept(records, 0) }, null, end);
    else end();
  });
}

function kept(records: readonly Answer[], ttl: number): Answer[] {
  return records.map((record) => ({ ...record, ttl, flush: true }));
}

/** However they are written: there is more than one way for those of IPv6. */
function listOf(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const address of addresses) list.addAddress(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return list;
}

function typeOf(address: string): 'A' | 'AAAA' {
  return isIP(address) === 6 ? 'AAAA' : 'A';
}

function isNeighbour(neighbours: BlockList, { address }: Asker): boolean {
  return neighbours.check(address, 'ipv4');
}

/** One for each interface that has chosen addresses. It speaks over IPv4, of both kinds of address. */
function placesOf(chosen: readonly string[]) {
  return Object.values(networkInterfaces()).flatMap((found = []) => {
    const own = found.filter(({ address }) => chosen.includes(address)).map(({ address }) => address);
    const ways = found.filter(({ family }) => family === 'IPv4');
    const way = ways.find(({ address }) => chosen.includes(address)) ?? ways[0];
    if (own.length === 0 || !way) return [];
    const neighbours = new BlockList();
    for (const { address, netmask } of ways) neighbours.addSubnet(address, prefixOf(netmask), 'ipv4');
    return [{ through: way.address, own, neighbours }];
  });
}

function prefixOf(netmask: string): number {
  return netmask.split('.').reduce((bits, part) => bits + Number(part).toString(2).replaceAll('0', '').length, 0);
}
