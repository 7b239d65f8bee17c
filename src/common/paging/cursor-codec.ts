import { createHmac } from 'node:crypto';
import { constantTimeEqual } from '../crypto/constant-time.js';
import { toUuid } from '../crypto/encodings.js';

/** The last row of a page, in a list that is ordered by creation time, then id. */
export interface Position {
  /** In ms since the epoch. */
  readonly createdAt: number;
  readonly id: string;
}

const TAG_BYTES = 16;
const TIME_BYTES = 8;
const ID_BYTES = 16;
const CURSOR_BYTES = TAG_BYTES + TIME_BYTES + ID_BYTES;
const CURSOR_FORM = /^[A-Za-z0-9_-]{54}$/;

/**
 * Makes cursors that cannot be forged or used for another list: `HMAC-SHA-256(key, list ‖ position) ‖ position`
 * (S-199).
 */
export class CursorCodec {
  private readonly signingKey: Uint8Array;

  /** @param keys the first one signs new cursors, all of them verify */
  constructor(private readonly keys: readonly Uint8Array[]) {
    const [signingKey] = keys;
    if (!signingKey) throw new Error('at least one cursor key is needed');
    this.signingKey = signingKey;
  }

  /** @param list the list that the cursor is valid for: route, account and filter */
  encode({ createdAt, id }: Position, list: readonly string[]): string {
    const position = Buffer.alloc(TIME_BYTES + ID_BYTES);
    position.writeBigInt64BE(BigInt(createdAt));
    position.write(id.replaceAll('-', ''), TIME_BYTES, 'hex');
    return Buffer.concat([tag(this.signingKey, position, list), position]).toString('base64url');
  }

  /** @returns `undefined` for a cursor that was not made for this list */
  decode(cursor: string, list: readonly string[]): Position | undefined {
    const bytes = Buffer.from(cursor, 'base64url');
    if (!CURSOR_FORM.test(cursor) || bytes.length !== CURSOR_BYTES) return undefined;
    const presented = bytes.subarray(0, TAG_BYTES);
    const position = bytes.subarray(TAG_BYTES);
    if (!this.keys.some((key) => constantTimeEqual(presented, tag(key, position, list)))) {
      return undefined;
    }
    return { createdAt: Number(position.readBigInt64BE()), id: toUuid(position.subarray(8)) };
  }
}

function tag(key: Uint8Array, position: Buffer, list: readonly string[]): Buffer {
  // JSON separates the parts, whatever they contain.
  const mac = createHmac('sha256', key).update(JSON.stringify(list)).update(position);
  return mac.digest().subarray(0, TAG_BYTES);
}
