import { Injectable } from '@nestjs/common';
import { In, IsNull, LessThan, LessThanOrEqual, MoreThan, Not, type EntityManager } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type { Position } from '../common/paging/cursor-codec.js';
import { CompiledLookUp } from '../database/compiled-look-up.js';
import { CompiledUpdate, type RowChange } from '../database/compiled-update.js';
import { given } from '../database/given.js';
import { lockRows, presentRows } from '../database/locking.js';
import { newestFirst } from '../database/newest-first.js';
import type { Step } from './refresh-decision.js';
import { RefreshToken } from './refresh-token.entity.js';
import type { SessionOwner } from './session-owner.js';

/** The values that a step sets; a rotation also sets the key that the new refresh token is derived with. */
type NextGenerations = Pick<Step, 'rotates' | 'accessGeneration'> & { readonly keyId: string };

@Injectable()
export class SessionsRepository {
  async insert(session: RefreshToken, manager: EntityManager): Promise<void> {
    const insertion = manager.createQueryBuilder().insert().into(RefreshToken).values(session);
    // Otherwise TypeORM reads the column with a default back, although `session` sets it.
    await insertion.updateEntity(false).execute();
  }

  findById(id: string, manager: EntityManager): Promise<RefreshToken | null> {
    return BY_ID.findOne(manager, id);
  }

  /**
   * Advances a session by a compare-and-swap on both generations (S-50).
   *
   * @param from the generations that were read
   */
  step(
    from: Pick<RefreshToken, 'id' | 'generation' | 'accessGeneration'>,
    { rotates, accessGeneration: next, keyId }: NextGenerations,
    now: number,
  ): RowChange {
    const { id, generation, accessGeneration } = from;
    const values = { id, generation, accessGeneration, next, now };
    return rotates
      ? { update: ROTATE, parameters: { ...values, keyId } }
      : { update: STEP, parameters: values };
  }

  /** Records a use, unless a later one is stored. */
  async touch(id: string, now: number, manager: EntityManager): Promise<void> {
    await manager.update(RefreshToken, given({ id, lastAccessedAt: LessThan(now) }), {
      lastAccessedAt: now,
    });
  }

  /** Ends a session; returns whether this call did. */
  async revoke(id: string, now: number, manager: EntityManager): Promise<boolean> {
    const result = await manager.update(RefreshToken, given({ id, revokedAt: IsNull() }), {
      revokedAt: now,
      modifiedAt: now,
    });
    return result.affected === 1;
  }

  /** Ids of the holder's live sessions with a refresh token, except one, newest first. */
  async findLiveIds(
    owner: SessionOwner,
    exceptId: string,
    now: number,
    manager: EntityManager,
  ): Promise<string[]> {
    const query = manager
      .createQueryBuilder(RefreshToken, 'session')
      .select('session.id')
      .where({
        ...columnOf(owner),
        id: Not(exceptId),
        salt: Not(IsNull()),
        revokedAt: IsNull(),
        expiresAt: MoreThan(now),
      })
      .orderBy('session.createdAt', 'DESC')
      .addOrderBy('session.id', 'DESC');
    const sessions = await presentRows(query, manager, 'pessimistic_write').getMany();
    return sessions.map(({ id }) => id);
  }

  async revokeMany(ids: readonly string[], now: number, manager: EntityManager): Promise<void> {
    await manager.update(
      RefreshToken,
      { id: In([...ids]), revokedAt: IsNull() },
      { revokedAt: now, modifiedAt: now },
    );
  }

  /** Ends all of the holder's sessions with a refresh token, except one. */
  async revokeOthers(
    owner: SessionOwner,
    exceptId: string,
    now: number,
    manager: EntityManager,
  ): Promise<void> {
    await REVOKE_OTHERS[owner.type].run(manager, { ownerId: owner.id, exceptId, now });
  }

  /** Ends all of the holder's sessions, except one if given. */
  async revokeAll(
    owner: SessionOwner,
    exceptId: string | undefined,
    now: number,
    manager: EntityManager,
  ): Promise<void> {
    await manager.update(
      RefreshToken,
      {
        ...columnOf(owner),
        ...(exceptId === undefined ? {} : { id: Not(exceptId) }),
        revokedAt: IsNull(),
      },
      { revokedAt: now, modifiedAt: now },
    );
  }

  /** Ends the holder's live session with the id; returns whether this call did. */
  async revokeOf(
    owner: SessionOwner,
    id: string,
    now: number,
    manager: EntityManager,
  ): Promise<boolean> {
    const result = await manager.update(
      RefreshToken,
      given({ ...columnOf(owner), id, revokedAt: IsNull(), expiresAt: MoreThan(now) }),
      { revokedAt: now, modifiedAt: now },
    );
    return result.affected === 1;
  }

  /** Locks a session until the transaction ends; returns whether it is live and belongs to the holder. */
  async lockLive(
    { type, id: ownerId }: SessionOwner,
    id: string,
    now: number,
    manager: EntityManager,
  ): Promise<boolean> {
    const query = manager
      .createQueryBuilder(RefreshToken, 'session')
      .where('session.id = :id', { id });
    const session = await lockRows(query, manager).getOne();
    if (!session || session.revokedAt !== null || session.expiresAt <= now) return false;
    return (type === 'user' ? session.userId : session.apiKeyId) === ownerId;
  }

  /** Live sessions, newest first. */
  findLive(
    owner: SessionOwner,
    now: number,
    after: Position | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<RefreshToken[]> {
    const query = manager
      .createQueryBuilder(RefreshToken, 'session')
      .where(columnOf(owner))
      .andWhere('session.revokedAt IS NULL AND session.expiresAt > :now', { now });
    return newestFirst(query, after, take).getMany();
  }

  /** Sessions of an account in the order of their ids, after one of them. */
  findOfAccount(
    accountId: string,
    afterId: string | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<RefreshToken[]> {
    return manager.find(RefreshToken, {
      where: given({ accountId, id: MoreThan(afterId ?? '') }),
      order: { id: 'ASC' },
      take,
    });
  }

  /** Deletes some of the sessions that expired before a time; returns whether there may be more. */
  async deleteExpired(time: number, take: number, manager: EntityManager): Promise<boolean> {
    const expired = await manager
      .createQueryBuilder(RefreshToken, 'session')
      .select('session.id')
      .where('session.expiresAt < :time', { time })
      .orderBy('session.expiresAt', 'ASC')
      .limit(take)
      .getMany();
    const ids = expired.map(({ id }) => id);
    if (ids.length > 0) await manager.delete(RefreshToken, { id: In(ids) });
    return ids.length === take;
  }

  /** Deletes the owner's ended sessions without a refresh token; nothing reads them again. */
  async deleteSpent(owner: SessionOwner, now: number, manager: EntityManager): Promise<void> {
    await manager.delete(RefreshToken, {
      ...columnOf(owner),
      salt: IsNull(),
      expiresAt: LessThanOrEqual(now),
    });
  }
}

const BY_ID = new CompiledLookUp('session.id', (manager) =>
  manager.createQueryBuilder(RefreshToken, 'session').addSelect('session.salt'),
);

const STEP_NAMES = ['id', 'generation', 'accessGeneration', 'next', 'now'] as const;
const STEP = stepWith(STEP_NAMES, {});
const ROTATE = stepWith([...STEP_NAMES, 'keyId'], {
  generation: () => 'generation + 1',
  keyId: () => ':keyId',
  rotatedAt: () => ':now',
});

function stepWith<Name extends string>(
  names: readonly Name[],
  values: QueryDeepPartialEntity<RefreshToken>,
) {
  return new CompiledUpdate(names, (manager) =>
    manager
      .createQueryBuilder()
      .update(RefreshToken)
      .set({
        ...values,
        accessGeneration: () => ':next',
        steppedAt: () => ':now',
        lastAccessedAt: () => ':now',
        modifiedAt: () => ':now',
      })
      .where('id = :id AND generation = :generation AND access_generation = :accessGeneration')
      .andWhere('revoked_at IS NULL AND expires_at > :now'),
  );
}

const REVOKE_OTHERS = { user: revokeOthersOf('user_id'), api_key: revokeOthersOf('api_key_id') };

function revokeOthersOf(column: 'user_id' | 'api_key_id') {
  return new CompiledUpdate(['ownerId', 'exceptId', 'now'], (manager) =>
    manager
      .createQueryBuilder()
      .update(RefreshToken)
      .set({ revokedAt: () => ':now', modifiedAt: () => ':now' })
      .where(`${column} = :ownerId AND id <> :exceptId`)
      .andWhere('salt IS NOT NULL AND revoked_at IS NULL'),
  );
}

function columnOf({ type, id }: SessionOwner): { userId: string } | { apiKeyId: string } {
  return given(type === 'user' ? { userId: id } : { apiKeyId: id });
}
