import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

export const dataKeyBytes = 32;

/** A key that seals secrets. Its id and its check value tell it from others and tell nothing about it. */
export interface DataKey {
  /** 8 characters, written into every envelope. */
  readonly id: string;
  /** Proves that a key found somewhere is the one that a marker speaks of. */
  readonly check: string;
  readonly key: KeyObject;
}

/** The bytes are for whoever keeps the key; everybody else uses the key object. */
export interface KeptKey {
  readonly bytes: Buffer;
  readonly dataKey: DataKey;
}

export function newDataKey(): KeptKey {
  const bytes = randomBytes(dataKeyBytes);
  return { bytes, dataKey: identify(bytes) };
}

/** For keeping a key that is there in another place. */
export function bytesOf(dataKey: DataKey): KeptKey {
  return { bytes: dataKey.key.export(), dataKey };
}

/** Undefined when `bytes` cannot be a data key. */
export function toDataKey(bytes: Buffer): DataKey | undefined {
  return bytes.length === dataKeyBytes ? identify(bytes) : undefined;
}

function identify(bytes: Buffer): DataKey {
  const key = createSecretKey(bytes);
  return {
    id: derive(key, 'waystation data key id').toString('base64url', 0, 6),
    check: derive(key, 'waystation data key check').toString('base64url'),
    key,
  };
}

function derive(key: KeyObject, label: string): Buffer {
  return createHmac('sha256', key).update(label).digest();
}
