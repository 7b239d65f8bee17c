import type { EntityManager } from 'typeorm';
import { PEPPERED_HASH } from '../common/crypto/bcrypt-password-hasher.js';
import { KEY_ID_LENGTH } from '../common/crypto/key-derivation.js';
import { RefreshToken } from '../sessions/refresh-token.entity.js';
import { User } from '../users/user.entity.js';
import { Webhook } from '../webhooks/webhook.entity.js';

/** The number of rows that depend on each key, by key id; `null` stands for rows without a key id. */
export type RowCounts = ReadonlyMap<string | null, number>;

interface Counted {
  readonly keyId: string | null;
  /** A string or a number, depending on the driver. */
  readonly count: string | number;
}

/** Counts password hashes by the pepper id that each contains (S-06); hashes of a host's own hasher are not counted. */
export async function countPasswordHashes(manager: EntityManager): Promise<RowCounts> {
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

/** Counts the sessions that can be refreshed, by key id. */
export async function countLiveSessions(manager: EntityManager, now: number): Promise<RowCounts> {
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

/** Counts the webhooks by the key that encrypts their signing secret. */
export async function countWebhooks(manager: EntityManager): Promise<RowCounts> {
  const keyId = `SUBSTR(webhook.secret, 1, ${KEY_ID_LENGTH})`;
  const rows = await manager
    .createQueryBuilder(Webhook, 'webhook')
    .select(keyId, 'keyId')
    .addSelect('COUNT(*)', 'count')
    .groupBy(keyId)
    .getRawMany<Counted>();
  return toMap(rows);
}

function toMap(rows: readonly Counted[]): RowCounts {
  return new Map(rows.map(({ keyId, count }) => [keyId, Number(count)]));
}
