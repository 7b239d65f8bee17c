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

/** Most work that a hash from another system may ask of every attempt to sign in (S-18): four times the default. */
const MAX_ACCEPTED_COST = 14;

/** bcrypt reads no more of a password. */
const MAX_BCRYPT_BYTES = 72;

/** A stored hash begins with this prefix, then the id of its pepper in this length (S-06). */
export const PEPPERED_HASH = { prefix: `$${SCHEME}$`, idLength: KEY_ID_LENGTH } as const;

/**
 * bcrypt over a keyed pre-hash: `bcrypt(base64(HMAC-SHA-384(pepper, NFC(password))))`.
 *
 * bcrypt reads 72 bytes and stops at NUL; the pre-hash is always 64 characters of base64, so that every
 * character of a long password counts (S-02, S-03). Stored as `$bcrypt-hmac-sha384$<pepper id>$2b$12$…`.
 *
 * A hash that another system stored (`$2a$`, `$2b$`, `$2y$`) is checked as that system did it, over the first 72 bytes of
 * the password as it was sent, and counts as outdated, so that the first sign-in replaces it.
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
    // A system that reads no further than a NUL would have hashed another password (S-03).
    const isPlain = parsed?.isForeign === true && !password.includes('\0');
    const input = isPlain
      ? Buffer.from(password).subarray(0, MAX_BCRYPT_BYTES)
      : this.prehash(password, parsed?.pepperId ?? this.currentPepperId);
    const matches = await this.queue.run(() => this.compare(input, parsed));
    if (!matches || !parsed) return WRONG;
    return { isCorrect: true, isOutdated: this.isOutdated(parsed) };
  }

  override accepts(stored: string): boolean {
    const parsed = this.parse(stored);
    return parsed !== undefined && parsed.cost <= this.highestAcceptedCost;
  }

  /**
   * Checks the input, and does the work that a hash of a lower cost spares: each cost is twice the work of the one
   * below it, so that checks of cost 10, 10 and 11 are one of cost 12.
   */
  private async compare(input: string | Buffer, stored: StoredHash | undefined): Promise<boolean> {
    if (stored) this.highestCost = Math.max(this.highestCost, stored.cost);
    const cost = stored?.cost ?? this.highestCost;
    const matches = await bcrypt.compare(input, stored?.hash ?? dummyHash(cost));
    for (let spared = cost; spared < this.highestCost; spared++) {
      await bcrypt.compare(input, dummyHash(spared));
    }
    return matches;
  }

  /** A single hash of a high cost would slow down every attempt to sign in. */
  private get highestAcceptedCost(): number {
    return Math.max(MAX_ACCEPTED_COST, this.options.cost);
  }

  private isOutdated({ isForeign, pepperId, hash }: StoredHash): boolean {
    return (
      isForeign ||
      pepperId !== this.currentPepperId ||
      !hash.startsWith(`$2b$${pad(this.options.cost)}$`)
    );
  }

  private parse(stored: string): StoredHash | undefined {
    const [, scheme, pepperId = '', ...bcryptParts] = stored.split('$');
    const isForeign = BCRYPT_HASH.test(stored);
    if (!isForeign && (scheme !== SCHEME || !this.peppers.has(pepperId))) return undefined;
    const form = isForeign ? stored : `$${bcryptParts.join('$')}`;
    // bcrypt refuses a malformed hash without any work.
    const cost = BCRYPT_HASH.exec(form)?.[1];
    if (cost === undefined) return undefined;
    // PHP's $2y$ is $2b$ under a name that the library does not know.
    return { isForeign, pepperId, hash: form.replace('$2y$', '$2b$'), cost: Number(cost) };
  }

  private prehash(password: string, pepperId: string): string {
    const pepper = this.peppers.get(pepperId) ?? randomBytes(32);
    // RFC 7617 §2.1: the two Unicode forms of one password are one password.
    return createHmac('sha384', pepper).update(password.normalize('NFC')).digest('base64');
  }
}

interface StoredHash {
  /** Whether it is the plain bcrypt of another system. */
  readonly isForeign: boolean;
  readonly pepperId: string;
  readonly hash: string;
  readonly cost: number;
}

const BCRYPT_HASH = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

const WRONG: PasswordVerdict = { isCorrect: false, isOutdated: false };

/** A well-formed hash that no password matches; a check against it costs as much as a real one. */
function dummyHash(cost: number): string {
  return `$2b$${pad(cost)}$${'.'.repeat(53)}`;
}

function pad(cost: number): string {
  return String(cost).padStart(2, '0');
}
