import { Injectable } from '@nestjs/common';
import {
  IsNull,
  LessThanOrEqual,
  MoreThan,
  type EntityManager,
  type SelectQueryBuilder,
} from 'typeorm';
import type { Position } from '../common/paging/cursor-codec.js';
import { CompiledLookUp } from '../database/compiled-look-up.js';
import { given } from '../database/given.js';
import { lockInOrder, lockRows, presentRows } from '../database/locking.js';
import { newestFirst } from '../database/newest-first.js';
import { ApiKeyIssue } from './api-key-issue.entity.js';
import { UNUSED_LIMIT_MS } from './api-key-state.js';
import { ApiKey } from './api-key.entity.js';

@Injectable()
export class ApiKeysRepository {
  async insert(key: Omit<ApiKey, 'account'>, manager: EntityManager): Promise<void> {
    await manager.insert(ApiKey, key);
  }

  /** Finds keys of active accounts by their public half, with account and digests. */
  readonly activeByKey = new CompiledLookUp('key.key', (manager) =>
    manager
      .createQueryBuilder(ApiKey, 'key')
      .addSelect(['key.secretDigest', 'key.previousSecretDigest'])
      .innerJoinAndSelect('key.account', 'account')
      .where('account.isActive = :isActive', { isActive: true }),
  );

  /** Finds keys of any state by their public half, with their digests, also of accounts that are not active. */
  readonly byKey = new CompiledLookUp('key.key', withDigests);

  /** Finds a key of the account, with its digests. */
  findOwn(accountId: string, id: string, manager: EntityManager): Promise<ApiKey | null> {
    return own(accountId, id, manager).getOne();
  }

  /** As {@link findOwn}, and locks the row until the transaction ends. */
  lock(accountId: string, id: string, manager: EntityManager): Promise<ApiKey | null> {
    return lockRows(own(accountId, id, manager), manager).getOne();
  }

  /** As {@link lock}, for several keys, in the order of their ids. */
  lockMany(accountId: string, ids: readonly string[], manager: EntityManager): Promise<ApiKey[]> {
    const query = withDigests(manager).where('key.accountId = :accountId AND key.id IN (:...ids)', {
      accountId,
      ids,
    });
    return lockInOrder(query, manager).getMany();
  }

  /** Newest first. */
  findPage(
    accountId: string,
    after: Position | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<ApiKey[]> {
    const query = manager
      .createQueryBuilder(ApiKey, 'key')
      .where('key.accountId = :accountId', { accountId });
    return newestFirst(query, after, take).getMany();
  }

  async countLive(accountId: string, now: number, manager: EntityManager): Promise<number> {
    // PostgreSQL locks no rows under an aggregate.
    const ids = live(accountId, now, manager).select('key.id');
    return (await presentRows(ids, manager).getRawMany()).length;
  }

  /** Live keys that the user or API key created. */
  findLiveBy(
    accountId: string,
    createdBy: string,
    now: number,
    manager: EntityManager,
  ): Promise<ApiKey[]> {
    const query = live(accountId, now, manager).andWhere('key.createdBy = :createdBy', {
      createdBy,
    });
    return presentRows(query, manager).getMany();
  }

  isRoleAssigned(
    accountId: string,
    role: string,
    now: number,
    manager: EntityManager,
  ): Promise<boolean> {
    return live(accountId, now, manager).andWhere('key.role = :role', { role }).getExists();
  }

  async replaceSecret(
    { id }: Pick<ApiKey, 'id'>,
    secrets: Pick<
      ApiKey,
      'secretDigest' | 'previousSecretDigest' | 'previousValidUntil' | 'modifiedAt'
    >,
    manager: EntityManager,
  ): Promise<void> {
    await manager.update(ApiKey, given({ id }), secrets);
  }

  async revoke({ id }: Pick<ApiKey, 'id'>, now: number, manager: EntityManager): Promise<void> {
    await manager.update(ApiKey, given({ id }), { revokedAt: now, modifiedAt: now });
  }

  /** Revokes a key if the digest is that of its current secret; returns whether this call did. */
  async revokeBySecret(
    id: string,
    secretDigest: string,
    now: number,
    manager: EntityManager,
  ): Promise<boolean> {
    const { affected } = await manager.update(
      ApiKey,
      given({ id, secretDigest, revokedAt: IsNull() }),
      { revokedAt: now, modifiedAt: now },
    );
    return affected === 1;
  }

  /** Ends the overlap of a rotation if the digest is that of the former secret; returns whether this call did. */
  async endFormerSecret(
    id: string,
    previousSecretDigest: string,
    now: number,
    manager: EntityManager,
  ): Promise<boolean> {
    const overlap = { previousSecretDigest, previousValidUntil: MoreThan(now) };
    const { affected } = await manager.update(
      ApiKey,
      given({ id, ...overlap, revokedAt: IsNull() }),
      { previousSecretDigest: null, previousValidUntil: null, modifiedAt: now },
    );
    return affected === 1;
  }

  /** Updates the last use, unless the stored one is later than `staleAfter` (S-88). */
  async touch(
    { id }: Pick<ApiKey, 'id'>,
    now: number,
    staleAfter: number,
    manager: EntityManager,
  ): Promise<void> {
    await manager
      .createQueryBuilder()
      .update(ApiKey)
      .set({ lastAccessedAt: now })
      .where('id = :id AND (last_accessed_at IS NULL OR last_accessed_at <= :staleAfter)', {
        id,
        staleAfter,
      })
      .execute();
  }

  /**
   * Records a use, and thereby locks the row.
   *
   * @returns `false` when the key was revoked or the secret replaced meanwhile
   */
  async markSignedIn(
    { id, provenDigest }: { readonly id: string; readonly provenDigest: string },
    now: number,
    manager: EntityManager,
  ): Promise<boolean> {
    const result = await manager
      .createQueryBuilder()
      .update(ApiKey)
      .set({
        lastAccessedAt: () =>
          'CASE WHEN last_accessed_at > :now THEN last_accessed_at ELSE :now END',
      })
      .where('id = :id AND revoked_at IS NULL')
      .andWhere(
        '(secret_digest = :provenDigest OR (previous_secret_digest = :provenDigest AND previous_valid_until > :now))',
      )
      .setParameters({ id, provenDigest, now })
      .execute();
    return result.affected === 1;
  }

  findIssue(callerDigest: string, manager: EntityManager): Promise<ApiKeyIssue | null> {
    return manager.findOneBy(ApiKeyIssue, given({ callerDigest }));
  }

  async insertIssue(issue: ApiKeyIssue, manager: EntityManager): Promise<void> {
    await manager.insert(ApiKeyIssue, issue);
  }

  async deleteIssuesUntil(
    accountId: string,
    createdUntil: number,
    manager: EntityManager,
  ): Promise<void> {
    await manager.delete(
      ApiKeyIssue,
      given({ accountId, createdAt: LessThanOrEqual(createdUntil) }),
    );
  }
}

function own(accountId: string, id: string, manager: EntityManager): SelectQueryBuilder<ApiKey> {
  return withDigests(manager).where('key.accountId = :accountId AND key.id = :id', {
    accountId,
    id,
  });
}

function withDigests(manager: EntityManager): SelectQueryBuilder<ApiKey> {
  return manager
    .createQueryBuilder(ApiKey, 'key')
    .addSelect(['key.secretDigest', 'key.previousSecretDigest']);
}

/** The condition of `apiKeyFault` in SQL. */
function live(accountId: string, now: number, manager: EntityManager): SelectQueryBuilder<ApiKey> {
  return manager
    .createQueryBuilder(ApiKey, 'key')
    .where('key.accountId = :accountId AND key.revokedAt IS NULL', { accountId })
    .andWhere('(key.expiresAt IS NULL OR key.expiresAt > :now)', { now })
    .andWhere('COALESCE(key.lastAccessedAt, key.createdAt) > :unusedSince', {
      unusedSince: now - UNUSED_LIMIT_MS,
    });
}
