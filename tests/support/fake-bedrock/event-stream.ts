/** One message of AWS's event stream, with both checksums. Text headers only. */
export function message(headers: Readonly<Record<string, string>>, payload: string | Uint8Array): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const bytes = Buffer.from(value);
      return Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([7, bytes.length >> 8, bytes.length & 0xff]),
        bytes,
      ]);
    }),
  );
  const body = Buffer.from(payload);
  const lengths = Buffer.concat([word(16 + head.length + body.length), word(head.length)]);
  const unchecked = Buffer.concat([lengths, word(checksum(lengths)), head, body]);
  return Buffer.concat([unchecked, word(checksum(unchecked))]);
}

/** A piece of an answer, padded as Bedrock pads it so that its length tells nothing. */
export function chunk(event: string | Uint8Array): Buffer {
  const payload = JSON.stringify({ bytes: Buffer.from(event).toString('base64'), p: 'abcdefghijklmnop' });
  return message({ ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' }, payload);
}

export function exception(type: string, text: string): Buffer {
  return message(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify({ message: text }),
  );
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** CRC-32 as its definition has it, so that it owes nothing to the library that the relay uses. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (sum >>> 8) ^ (table[(sum ^ byte) & 0xff] ?? 0);
  return (sum ^ 0xffffffff) >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});
