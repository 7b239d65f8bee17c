import bcrypt from 'bcrypt';
import { createHmac, randomBytes } from 'node:crypto';
import { HashQueue } from './hash-queue.js';
import { KEY_ID_LENGTH, keyId } from './key-derivation.js';
import { MAX_PASSWORD_BYTES, PasswordHasher, type PasswordVerdict } from './password-hasher.js';

/** Options of the password hasher that is used unless the host provides its own. */
export interface BcryptOptions {
  /** bcrypt's cost, the base-2 logarithm of its rounds. */
  readonly cost: number;
  /** Secrets kept outside the database; new hashes use the first, verification accepts all (S-07). */
  readonly peppers: readonly Uint8Array[];
  /** How many hashes run at the same time. */
  readonly concurrency: number;
  /** How long a hash may wait for its turn, in milliseconds. */
  readonly maxWaitMs: number;
}

const SCHEME = 'bcrypt-hmac-sha384';

/** A stored hash begins with this prefix, then the id of its pepper in this length (S-06). */
export const PEPPERED_HASH = { prefix: `$${SCHEME}$`, idLength: KEY_ID_LENGTH } as const;

/**
 * bcrypt over a keyed pre-hash: `bcrypt(base64(HMAC-SHA-384(pepper, NFC(password))))`.
 *
 * bcrypt reads 72 bytes and stops at NUL; the pre-hash is always 64 characters of base64, so that every
 * character of a long password counts (S-02, S-03). Stored as `$bcrypt-hmac-sha384$<pepper id>$2b$12$…`.
 */
export class BcryptPasswordHasher extends PasswordHasher {
  private readonly peppers: ReadonlyMap<string, Uint8Array>;
  private readonly currentPepperId: string;
  private readonly queue: HashQueue;
  /** The work of every check: the highest cost among the configured one and those of the hashes checked so far. */
  private highestCost: number;

  constructor(private readonly options: BcryptOptions) {
    super();
    this.peppers = new Map(options.peppers.map((pepper) => [keyId(pepper), pepper]));
    const [currentPepperId] = this.peppers.keys();
    if (currentPepperId === undefined) throw new Error('at least one pepper is needed');
    this.currentPepperId = currentPepperId;
    this.queue = new HashQueue(options.concurrency, options.maxWaitMs);
    this.highestCost = options.cost;
  }

  async hash(password: string): Promise<string> {
    const input = this.prehash(password, this.currentPepperId);
    const hash = await this.queue.run(() => bcrypt.hash(input, this.options.cost));
    return `$${SCHEME}$${this.currentPepperId}${hash}`;
  }

  /**
   * Does the work of exactly one bcrypt check, even when there is no hash to check against, or one of another cost
   * (S-18).
   *
   * @param stored `null` where there is no such user or the user has no password
   */
  async verify(password: string, stored: string | null): Promise<PasswordVerdict> {
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return WRONG;
    const parsed = stored === null ? undefined : this.parse(stored);
    const input = this.prehash(password, parsed?.pepperId ?? this.currentPepperId);
    const matches = await this.queue.run(() => this.compare(input, parsed));
    if (!matches || !parsed) return WRONG;
    return { isCorrect: true, isOutdated: this.isOutdated(parsed) };
  }

  /**
   * Checks the input, and does the work that a hash of a lower cost spares: each cost is twice the work of the one
   * below it, so that checks of cost 10, 10 and 11 are one of cost 12.
   */
  private async compare(input: string, stored: StoredHash | undefined): Promise<boolean> {
    if (stored) this.highestCost = Math.max(this.highestCost, stored.cost);
    const cost = stored?.cost ?? this.highestCost;
    const matches = await bcrypt.compare(input, stored?.hash ?? dummyHash(cost));
    for (let spared = cost; spared < this.highestCost; spared++) {
      await bcrypt.compare(input, dummyHash(spared));
    }
    return matches;
  }

  private isOutdated({ pepperId, hash }: StoredHash): boolean {
    return pepperId !== this.currentPepperId || !hash.startsWith(`$2b$${pad(this.options.cost)}$`);
  }

  private parse(stored: string): StoredHash | undefined {
    const [, scheme, pepperId = '', ...bcryptParts] = stored.split('$');
    if (scheme !== SCHEME || !this.peppers.has(pepperId)) return undefined;
    const hash = `$${bcryptParts.join('$')}`;
    // bcrypt refuses a malformed hash without any work.
    const cost = BCRYPT_HASH.exec(hash)?.[1];
    return cost === undefined ? undefined : { pepperId, hash, cost: Number(cost) };
  }

  private prehash(password: string, pepperId: string): string {
    const pepper = this.peppers.get(pepperId) ?? randomBytes(32);
    // RFC 7617 §2.1: the two Unicode forms of one password are one password.
    return createHmac('sha384', pepper).update(password.normalize('NFC')).digest('base64');
  }
}

interface StoredHash {
  readonly pepperId: string;
  readonly hash: string;
  readonly cost: number;
}

const BCRYPT_HASH = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

const WRONG: PasswordVerdict = { isCorrect: false, isOutdated: false };

/** A well-formed hash that no password matches; a check against it costs as much as a real one. */
function dummyHash(cost: number): string {
  return `$2b$${pad(cost)}$${'.'.repeat(53)}`;
}

function pad(cost: number): string {
  return String(cost).padStart(2, '0');
}
