import type { EntityManager } from 'typeorm';
import { PEPPERED_HASH } from '../common/crypto/bcrypt-password-hasher.js';
import { RefreshToken } from '../sessions/refresh-token.entity.js';
import { User } from '../users/user.entity.js';

/** How many rows rest on which key; under `null` those that do not name theirs. */
export type RestingRows = ReadonlyMap<string | null, number>;

interface Counted {
  readonly keyId: string | null;
  /** Drivers hand a count out as text or number. */
  readonly count: string | number;
}

/** Every hash names its pepper (S-06); those of a host's own hasher are not counted. */
export async function passwordHashes(manager: EntityManager): Promise<RestingRows> {
  const { prefix, idLength } = PEPPERED_HASH;
  const keyId = `SUBSTR(user.passwordHash, ${prefix.length + 1}, ${idLength})`;
  const rows = await manager
    .createQueryBuilder(User, 'user')
    .select(keyId, 'keyId')
    .addSelect('COUNT(*)', 'count')
    .where('user.passwordHash LIKE :form', { form: `${prefix}%` })
    .groupBy(keyId)
    .getRawMany<Counted>();
  return toMap(rows);
}

/** Sessions that can be refreshed. */
export async function liveSessions(manager: EntityManager, now: number): Promise<RestingRows> {
  const rows = await manager
    .createQueryBuilder(RefreshToken, 'session')
    .select('session.keyId', 'keyId')
    .addSelect('COUNT(*)', 'count')
    .where('session.revokedAt IS NULL AND session.expiresAt > :now', { now })
    .andWhere('session.salt IS NOT NULL')
    .groupBy('session.keyId')
    .getRawMany<Counted>();
  return toMap(rows);
}

function toMap(rows: readonly Counted[]): RestingRows {
  return new Map(rows.map(({ keyId, count }) => [keyId, Number(count)]));
}
