import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { KEY_PURPOSES, KEYS_OPTIONS, type KeyPurpose, type KeysOptions } from './keys-options.js';
import { KnownKeysRepository } from './known-keys.repository.js';
import { LostKeysError, whatRestsOn, type LostKey } from './lost-keys.error.js';
import type { RestingRows } from './resting-rows.js';

/** The keys of one purpose, before a start and with it. */
interface Judged {
  readonly purpose: KeyPurpose;
  /** Those the database was used with, and since when. */
  readonly known: ReadonlyMap<string, number>;
  /** Those that are set now. */
  readonly set: readonly string[];
  /** Those that are not set any more while rows rest on them. */
  readonly lost: readonly LostKey[];
}

/**
 * Compares the keys that are set with those the database was used with. Another secret, however strong, would
 * make every password wrong and end every session without a word (S-206).
 *
 * Nothing is written when nothing has changed. Every step may be repeated, and instances may start at once.
 */
@Injectable()
export class KeyCheck {
  private readonly logger = new Logger('Keys');

  constructor(
    @Inject(KEYS_OPTIONS) private readonly options: KeysOptions,
    private readonly knownKeys: KnownKeysRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws LostKeysError when rows rest on a key that is not set any more */
  async run(): Promise<void> {
    const now = this.clock.now();
    const judged: Judged[] = [];
    for (const purpose of KEY_PURPOSES) {
      const set = this.options.keyIds[purpose];
      if (set.length > 0) judged.push(await this.judge(purpose, set, now));
    }
    const lost = judged.flatMap((each) => each.lost);
    const isAccepted = ({ keyId }: LostKey) => this.options.acceptLost.includes(keyId);
    const refused = lost.filter((each) => !isAccepted(each));
    if (refused.length > 0) throw new LostKeysError(refused);
    if (lost.length > 0) {
      this.logger.warn(`given up: ${whatRestsOn(lost)} made with a key that is not set any more`);
    }
    for (const each of judged) await this.record(each, now);
  }

  private async judge(purpose: KeyPurpose, set: readonly string[], now: number): Promise<Judged> {
    const known = await this.knownKeys.find(purpose);
    const isNew = known.size === 0;
    const hasGone = [...known.keys()].some((keyId) => !set.includes(keyId));
    if (!isNew && !hasGone) return { purpose, known, set, lost: [] };
    const rows = await this.knownKeys.restingRows(purpose, now);
    const lost = [...nameAll(rows, known)]
      // A key whose loss was accepted before is known no more.
      .filter(([keyId]) => !set.includes(keyId) && (isNew || known.has(keyId)))
      .map(([keyId, count]) => ({ purpose, keyId, rows: count }) as LostKey);
    return { purpose, known, set, lost };
  }

  private async record({ purpose, known, set, lost }: Judged, now: number): Promise<void> {
    for (const keyId of set) {
      if (!known.has(keyId)) await this.knownKeys.add({ purpose, keyId, createdAt: now });
    }
    const since = known.get(set[0] ?? '') ?? now;
    for (const [keyId, knownSince] of known) {
      if (set.includes(keyId)) continue;
      const isGivenUp = lost.some((each) => each.keyId === keyId);
      // A younger key belongs to instances that a rotation has reached already.
      if (!isGivenUp && knownSince >= since) continue;
      await this.knownKeys.remove(purpose, keyId);
      if (purpose === 'access_token') {
        this.logger.warn(
          `access tokens signed with key ${keyId} have ended: it is not set any more`,
        );
      }
    }
  }
}

/** Rows of before keys were recorded name none: they count for each of the keys that were recorded first. */
function nameAll(rows: RestingRows, known: ReadonlyMap<string, number>): Map<string, number> {
  const named = new Map<string, number>();
  const first = Math.min(...known.values());
  const nameless = rows.get(null) ?? 0;
  for (const [keyId, count] of rows) if (keyId !== null) named.set(keyId, count);
  for (const [keyId, since] of known) {
    if (since === first && nameless > 0) named.set(keyId, (named.get(keyId) ?? 0) + nameless);
  }
  return named;
}
