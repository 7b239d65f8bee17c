import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { constantTimeEqual } from '../common/crypto/constant-time.js';
import { toUuid } from '../common/crypto/encodings.js';
import { keyId } from '../common/crypto/key-derivation.js';

/** A parsed refresh token; nothing in it is trusted before `isAuthentic`. */
export interface PresentedToken {
  readonly text: string;
  readonly sessionId: string;
  readonly generation: number;
}

const ID_BYTES = 16;
const GENERATION_BYTES = 4;
const SECRET_BYTES = 76;
const TOKEN_BYTES = ID_BYTES + GENERATION_BYTES + SECRET_BYTES;
/** As long as those of the SMTPD authentication API: 96 bytes are 128 characters of base64url. */
const TOKEN_FORM = /^[A-Za-z0-9_-]{128}$/;

/**
 * Derives refresh tokens from a session's row and a server key:
 * `id ‖ generation ‖ HKDF-SHA-512(key, salt, id ‖ generation)`, in base64url.
 *
 * So any answer can be repeated, an older generation is recognised with certainty, and neither the row nor the key
 * alone is enough to make a token (S-44, S-45).
 */
export class RefreshTokenCodec {
  private readonly keys: readonly KeyObject[];
  private readonly signingKey: KeyObject;
  /** Id of the key that derives new tokens. */
  readonly keyId: string;

  /** @param keys the first one derives new tokens, all of them verify */
  constructor(keys: readonly Uint8Array[]) {
    // Built once, because HKDF would otherwise build a KeyObject for every token.
    this.keys = keys.map((key) => createSecretKey(key));
    const [signingKey] = this.keys;
    const [first] = keys;
    if (!signingKey || !first) throw new Error('at least one refresh token key is needed');
    this.signingKey = signingKey;
    this.keyId = keyId(first);
  }

  issue(sessionId: string, generation: number, salt: string): string {
    return encode(this.signingKey, sessionId, generation, salt);
  }

  /** Parses a token; `undefined` for a malformed one. */
  parse(text: string): PresentedToken | undefined {
    if (!TOKEN_FORM.test(text)) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== TOKEN_BYTES) return undefined;
    return {
      text,
      sessionId: toUuid(bytes.subarray(0, ID_BYTES)),
      generation: bytes.readUInt32BE(ID_BYTES),
    };
  }

  isAuthentic({ text, sessionId, generation }: PresentedToken, salt: string): boolean {
    return this.keys.some((key) =>
      constantTimeEqual(text, encode(key, sessionId, generation, salt)),
    );
  }
}

function encode(key: KeyObject, sessionId: string, generation: number, salt: string): string {
  const head = Buffer.alloc(ID_BYTES + GENERATION_BYTES);
  head.write(sessionId.replaceAll('-', ''), 'hex');
  head.writeUInt32BE(generation, ID_BYTES);
  const secret = hkdfSync('sha512', key, Buffer.from(salt, 'base64url'), head, SECRET_BYTES);
  return Buffer.concat([head, Buffer.from(secret)]).toString('base64url');
}
