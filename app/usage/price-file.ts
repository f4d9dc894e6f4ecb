import { createHash, createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { ControlReply, ControlSend } from '../providers/oauth.ts';
import type { PriceOrigin } from './price-origin.ts';
import { loadPrices, type PriceTable } from './prices.ts';

/** The file is not used; the message says why, for people. */
export class PricesRefused extends Error {}

export interface PriceFile {
  readonly table: PriceTable;
  /** As it was. */
  readonly body: string;
  readonly sha256: string;
}

export interface PriceFileDeps {
  /** Checks every address; follows no redirect. */
  send(allowLocal: boolean): ControlSend;
}

const maxBytes = 1024 * 1024;
const maxRedirects = 3;

/** Reads the file and checks its proof before anything in it is believed. Throws `PricesRefused`. */
export async function readPriceFile(deps: PriceFileDeps, source: PriceOrigin): Promise<PriceFile> {
  const read = (end: string) => readText(deps, { ...source, url: withEnd(source.url, end) });
  const body = await read('');
  const sha256 = createHash('sha256').update(body).digest('hex');
  if (source.publicKey !== undefined) {
    const signature = await read('.sig').catch(() => undefined);
    if (signature === undefined) throw refused('is not signed: there is no .sig file beside it');
    checkSignature(body, signature, source.publicKey);
  }
  if (source.sha256 !== undefined) checkSum(sha256, source.sha256);
  else if (source.publicKey === undefined) {
    const told = await read('.sha256').catch(() => undefined);
    const stated = /^[0-9a-f]{64}(?![0-9a-f])/i.exec(told?.trim() ?? '')?.[0];
    if (stated === undefined) throw refused('has neither a signature nor a checksum: put a .sha256 file beside it');
    checkSum(sha256, stated);
  }
  return { table: parseTable(body), body, sha256 };
}

/** Throws `PricesRefused`. */
export function parseTable(body: string): PriceTable {
  try {
    return loadPrices(JSON.parse(body));
  } catch (error) {
    const reason = error instanceof z.ZodError ? describe(error) : error instanceof Error ? error.message : '';
    throw refused(`is not a table of prices (${reason})`);
  }
}

function checkSum(actual: string, stated: string): void {
  const [one, other] = [Buffer.from(actual, 'hex'), Buffer.from(stated, 'hex')];
  if (one.length !== other.length || !timingSafeEqual(one, other))
    throw refused('does not have the checksum that it should: it is damaged or another file');
}

function checkSignature(body: string, signature: string, publicKey: string): void {
  const bytes = Buffer.from(signature.trim(), 'base64');
  if (!verify(null, Buffer.from(body), toKey(publicKey), bytes))
    throw refused('is not signed by the key that is set: its signature is of another file or another key');
}

function toKey(text: string): KeyObject {
  if (text.includes('BEGIN PUBLIC KEY')) return createPublicKey(text);
  return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
}

function withEnd(url: string, end: string): string {
  const parsed = isWeb(url) ? URL.parse(url) : undefined;
  if (!parsed) return url + end;
  parsed.pathname += end;
  return parsed.href;
}

function isWeb(url: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(url) && !/^file:/i.test(url) && !/^[a-z]:[\\/]/i.test(url);
}

async function readText(deps: PriceFileDeps, source: PriceOrigin): Promise<string> {
  return isWeb(source.url) ? await fetchText(deps, source) : await readLocal(source.url);
}

async function readLocal(url: string): Promise<string> {
  const path = /^file:/i.test(url) ? fileURLToPath(url) : url;
  if (!isAbsolute(path)) throw refused('is named by a path that is not absolute');
  try {
    if ((await stat(path)).size > maxBytes) throw refused('is larger than any table of prices');
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof PricesRefused) throw error;
    throw refused('cannot be read: there is no such file, or it may not be read');
  }
}

/** No credential ever goes along, so that a redirect can take none elsewhere; every address on the way is checked. */
async function fetchText({ send }: PriceFileDeps, { url, allowLocal = false }: PriceOrigin): Promise<string> {
  let at = url;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const parsed = URL.parse(at);
    if (parsed?.username !== '' || parsed.password !== '')
      throw refused('has an address that carries a name or a password, or none at all');
    const reply = await ask(send(allowLocal), at);
    if (reply.status === 200) return reply.body;
    const next = reply.status >= 300 && reply.status < 400 ? reply.headers['location'] : undefined;
    const target = next === undefined ? undefined : URL.parse(String(next), at);
    if (!target) throw refused(`was not given: the server answered with status ${reply.status}`);
    at = target.href;
  }
  throw refused('is behind too many redirects');
}

async function ask(send: ControlSend, url: string): Promise<ControlReply> {
  try {
    return await send({ url, method: 'GET', headers: { accept: 'application/json' } });
  } catch (error) {
    throw refused(`could not be fetched: ${error instanceof Error ? error.message : 'no answer'}`);
  }
}

function describe({ issues }: z.ZodError): string {
  const [first] = issues;
  return first ? `${first.path.join('.')}: ${first.message}` : '';
}

function refused(reason: string): PricesRefused {
  return new PricesRefused(`The price file ${reason}. The prices stay as they are.`);
}
