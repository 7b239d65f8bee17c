import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { KEY_PURPOSES, KEYS_OPTIONS, type KeyPurpose, type KeysOptions } from './keys-options.js';
import { KnownKeysRepository } from './known-keys.repository.js';
import { LostKeysError, countRows, type LostKey } from './lost-keys.error.js';
import type { RowCounts } from './dependent-rows.js';

/** The keys of one purpose: those that the database knows and those that are set. */
interface KeyDiff {
  readonly purpose: KeyPurpose;
  /** Keys that the database was used with, and since when. */
  readonly known: ReadonlyMap<string, number>;
  /** Keys that are set now. */
  readonly set: readonly string[];
  /** Keys that are no longer set although rows depend on them. */
  readonly lost: readonly LostKey[];
}

/**
 * Compares the keys that are set with those that the database was used with. With another secret, every password would
 * be wrong and every session would end, without an error message (S-206).
 *
 * Nothing is written when nothing has changed. Every step may be repeated, and instances may start concurrently.
 */
@Injectable()
export class KeyCheck {
  private readonly logger = new Logger('Keys');

  constructor(
    @Inject(KEYS_OPTIONS) private readonly options: KeysOptions,
    private readonly knownKeys: KnownKeysRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws LostKeysError when rows depend on a key that is no longer set */
  async run(): Promise<void> {
    const now = this.clock.now();
    const diffs: KeyDiff[] = [];
    for (const purpose of KEY_PURPOSES) {
      const set = this.options.keyIds[purpose];
      if (set.length > 0) diffs.push(await this.diff(purpose, set, now));
    }
    const lost = diffs.flatMap((each) => each.lost);
    const isAccepted = ({ keyId }: LostKey) => this.options.acceptLost.includes(keyId);
    const refused = lost.filter((each) => !isAccepted(each));
    if (refused.length > 0) throw new LostKeysError(refused);
    if (lost.length > 0) {
      this.logger.warn(`given up: ${countRows(lost)} made with a key that is not set any more`);
    }
    for (const each of diffs) await this.record(each, now);
  }

  private async diff(purpose: KeyPurpose, set: readonly string[], now: number): Promise<KeyDiff> {
    const known = await this.knownKeys.find(purpose);
    const isNew = known.size === 0;
    const hasGone = [...known.keys()].some((keyId) => !set.includes(keyId));
    if (!isNew && !hasGone) return { purpose, known, set, lost: [] };
    const rows = await this.knownKeys.countDependentRows(purpose, now);
    const lost = [...countByKey(rows, known)]
      // A key whose loss was accepted at an earlier start has been removed from the known keys.
      .filter(([keyId]) => !set.includes(keyId) && (isNew || known.has(keyId)))
      .map(([keyId, count]) => ({ purpose, keyId, rows: count }) as LostKey);
    return { purpose, known, set, lost };
  }

  private async record({ purpose, known, set, lost }: KeyDiff, now: number): Promise<void> {
    for (const keyId of set) {
      if (!known.has(keyId)) await this.knownKeys.add({ purpose, keyId, createdAt: now });
    }
    const since = known.get(set[0] ?? '') ?? now;
    for (const [keyId, knownSince] of known) {
      if (set.includes(keyId)) continue;
      const isGivenUp = lost.some((each) => each.keyId === keyId);
      // A key that was recorded later belongs to instances that already have newer settings.
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

/** Counts rows by key; older rows without a key id count for each of the keys that were recorded first. */
function countByKey(rows: RowCounts, known: ReadonlyMap<string, number>): Map<string, number> {
  const counts = new Map<string, number>();
  const first = Math.min(...known.values());
  const unnamed = rows.get(null) ?? 0;
  for (const [keyId, count] of rows) if (keyId !== null) counts.set(keyId, count);
  for (const [keyId, since] of known) {
    if (since === first && unnamed > 0) counts.set(keyId, (counts.get(keyId) ?? 0) + unnamed);
  }
  return counts;
}
