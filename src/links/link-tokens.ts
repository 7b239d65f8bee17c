import { createHash, createHmac } from 'node:crypto';
import { constantTimeEqual } from '../common/crypto/constant-time.js';
import { toUuid } from '../common/crypto/encodings.js';
import type { OneTimeLink } from './one-time-link.entity.js';

const ID_BYTES = 16;
const TOKEN_FORM = /^[A-Za-z0-9_-]{64}$/;

type Bound = Pick<OneTimeLink, 'id' | 'purpose' | 'userId' | 'address'>;

/**
 * Tokens of one-time links: `id ‖ HMAC-SHA-256(key, purpose, id, user, address)` in base64url, 64 characters (S-107). So
 * a letter that is sent after a crash carries the same link, and neither the row nor the key alone gives a token.
 */
export class LinkTokens {
  private readonly keys: readonly [Uint8Array, ...Uint8Array[]];

  /** @param keys the first one derives new tokens */
  constructor(keys: readonly Uint8Array[]) {
    const [first, ...others] = keys;
    if (!first) throw new Error('at least one key for links is needed');
    this.keys = [first, ...others];
  }

  /** The digest of a new link. */
  digestOf(link: Bound): string {
    return digest(encode(this.keys[0], link));
  }

  /** The token of a stored link; `undefined` after the key that derived it was removed. */
  tokenOf(link: Bound & Pick<OneTimeLink, 'digest'>): string | undefined {
    return this.keys.map((key) => encode(key, link)).find((token) => matches(token, link));
  }
}

/** Id of the link that a text names as its token, which nothing has proved yet; `undefined` for other texts. */
export function idInToken(text: string): string | undefined {
  if (!TOKEN_FORM.test(text)) return undefined;
  return toUuid(Buffer.from(text, 'base64url').subarray(0, ID_BYTES));
}

/** Whether a text is the token of the link, which a rotated key does not change. */
export function matches(text: string, link: Pick<OneTimeLink, 'digest'>): boolean {
  return constantTimeEqual(digest(text), link.digest);
}

function encode(key: Uint8Array, { id, purpose, userId, address }: Bound): string {
  const secret = createHmac('sha256', key).update(`${purpose} ${id} ${userId} ${address}`).digest();
  return Buffer.concat([Buffer.from(id.replaceAll('-', ''), 'hex'), secret]).toString('base64url');
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
