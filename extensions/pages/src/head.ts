/** Signed tree heads: the server's word on how long its log is and what is in it. */

import { hashes, verify } from '@noble/ed25519';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonical, type Json } from './canonical';

hashes.sha512 = sha512;

const DOMAIN = utf8ToBytes('workbench/record/1\n');

export interface IHead {
  origin: string;
  size: number;
  root: string;
  time: string;
}

/** The head that an envelope holds; throws where it is not signed as it must be. */
export function readHead(envelope: unknown): IHead {
  const { signature, ...unsigned } = object(envelope);
  const { origin, size, root, time } = object(unsigned.body);
  if (
    unsigned.kind !== 'head' ||
    typeof origin !== 'string' ||
    typeof size !== 'number' ||
    typeof root !== 'string' ||
    typeof time !== 'string'
  ) {
    throw new Error('this is no tree head');
  }
  if (unsigned.author !== origin) {
    throw new Error('the head was signed by another key than the log’s');
  }
  const message = concatBytes(DOMAIN, sha256(utf8ToBytes(canonical(unsigned as Json))));
  // Strict, as the server is: a key of small order would verify anything.
  const strict = { zip215: false };
  if (!verify(hexBytes(signature, 64), message, hexBytes(origin, 32), strict)) {
    throw new Error('the signature is not of this head and this key');
  }
  return { origin, size, root, time };
}

/** Bytes of lower-case hexadecimal digits; throws where they are anything else. */
export function hexBytes(text: unknown, length: number): Uint8Array {
  const bytes = hexToBytes(String(text));
  if (bytes.length !== length || bytesToHex(bytes) !== text) {
    throw new Error(`${length} bytes in lower-case hexadecimal are wanted`);
  }
  return bytes;
}

export function object(value: unknown): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error('an object is wanted');
  }
  return value as Record<string, unknown>;
}
