import { createHmac, timingSafeEqual } from 'node:crypto';

// One-time codes of RFC 6238 as every authenticator app makes them: SHA-1, six digits, thirty seconds.

const stepMs = 30_000;
const digits = 6;
/** Clocks of phones are a little off: the code before and the one after count too. */
const tolerance = 1;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function codeAt(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, '0');
}

/** Which step a code is of, if it is one of now; never one that was used before, or an earlier one. */
export function stepOf(secret: Buffer, code: string, { now, after }: { readonly now: number; readonly after: number }) {
  if (!/^[0-9]{6}$/.test(code)) return undefined;
  const current = Math.floor(now / stepMs);
  const given = Buffer.from(code);
  for (let step = current - tolerance; step <= current + tolerance; step += 1) {
    const isSame = timingSafeEqual(given, Buffer.from(codeAt(secret, Math.max(0, step))));
    if (isSame && step > after) return step;
  }
  return undefined;
}

/** Base 32, as it is typed where no camera is. */
export function secretText(secret: Buffer): string {
  const bits = [...secret].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/** What a QR code for an authenticator app says. */
export function enrolAddress(secret: Buffer, name: string): string {
  const query = new URLSearchParams({ secret: secretText(secret), issuer: 'Waystation' });
  return `otpauth://totp/${encodeURIComponent(`Waystation:${name}`)}?${query}`;
}
