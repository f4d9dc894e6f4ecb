import { gzipSync } from 'node:zlib';

export interface TextFile {
  /** ASCII, at most 100 characters. */
  readonly name: string;
  readonly text: string;
}

const block = 512;

/** Files in the ustar form, packed: every system has a program that opens it. */
export function packed(files: readonly TextFile[], modifiedAt: number): Buffer {
  const parts = files.flatMap(({ name, text }) => {
    const bytes = Buffer.from(text);
    return [head(name, bytes.length, modifiedAt), bytes, Buffer.alloc((block - (bytes.length % block)) % block)];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * block)]));
}

function head(name: string, size: number, modifiedAt: number): Buffer {
  const bytes = Buffer.alloc(block);
  bytes.write(name, 0, 100, 'ascii');
  bytes.write('0000600\0', 100);
  bytes.write('0000000\0', 108);
  bytes.write('0000000\0', 116);
  bytes.write(octal(size), 124);
  bytes.write(octal(Math.floor(modifiedAt / 1000)), 136);
  // Its own sum counts as blanks.
  bytes.write(' '.repeat(8), 148);
  bytes.write('0', 156);
  bytes.write('ustar\x0000', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

function octal(value: number): string {
  return `${value.toString(8).padStart(11, '0')}\0`;
}
