import { createHmac } from 'node:crypto';
import { constantTimeEqual } from '../../common/crypto/constant-time.js';
import { keyId } from '../../common/crypto/key-derivation.js';

/** What a MAC protects; the kinds never match each other. */
type Kind = 'row' | 'seal' | 'head' | 'anchor';

/** A MAC is `right`, `wrong`, or made with a key that is not set any more, so that nobody can tell. */
export type Verdict = 'right' | 'wrong' | 'unknown key';

/** Makes and checks the MACs of the audit trail: HMAC-SHA-256, in the form `<key id>.<MAC in base64url>`. */
export class SealKeys {
  private readonly keys: ReadonlyMap<string, Uint8Array>;
  private readonly newest: string;

  /** @param keys the first one makes, all of them check */
  constructor(keys: readonly Uint8Array[]) {
    this.keys = new Map(keys.map((key) => [keyId(key), key]));
    const [newest] = this.keys.keys();
    if (newest === undefined) throw new Error('at least one key of seals is needed');
    this.newest = newest;
  }

  /** Whether the key that a MAC names is set. */
  knows(mac: string): boolean {
    return this.keys.has(keyIdOf(mac));
  }

  make(kind: Kind, facts: readonly unknown[]): string {
    return this.macWith(this.newest, kind, facts) ?? '';
  }

  check(mac: string, kind: Kind, facts: readonly unknown[]): Verdict {
    const expected = this.macWith(keyIdOf(mac), kind, facts);
    if (expected === undefined) return 'unknown key';
    return constantTimeEqual(mac, expected) ? 'right' : 'wrong';
  }

  private macWith(id: string, kind: Kind, facts: readonly unknown[]): string | undefined {
    const key = this.keys.get(id);
    if (!key) return undefined;
    // JSON separates the facts, whatever they contain.
    const mac = createHmac('sha256', key).update(JSON.stringify([kind, ...facts]));
    return `${id}.${mac.digest('base64url')}`;
  }
}

/** The id of the key that a MAC names. */
export function keyIdOf(mac: string): string {
  return mac.slice(0, Math.max(mac.indexOf('.'), 0));
}
