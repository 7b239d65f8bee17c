import { Injectable } from '@nestjs/common';
import {
  In,
  IsNull,
  LessThan,
  LessThanOrEqual,
  MoreThan,
  Not,
  type EntityManager,
  type QueryDeepPartialEntity,
} from 'typeorm';
import type { Position } from '../common/paging/cursor-codec.js';
import { CompiledLookUp } from '../database/compiled-look-up.js';
import { CompiledUpdate } from '../database/compiled-update.js';
import { lockRows } from '../database/locking.js';
import { newestFirst } from '../database/newest-first.js';
import type { Step } from './refresh-decision.js';
import { RefreshToken } from './refresh-token.entity.js';
import type { SessionOwner } from './session-owner.js';

/** What a step sets; of a rotation also the key that the new refresh token is derived with. */
type NextGenerations = Pick<Step, 'rotates' | 'accessGeneration'> & { readonly keyId: string };

@Injectable()
export class SessionsRepository {
  async insert(session: RefreshToken, manager: EntityManager): Promise<void> {
    const insertion = manager.createQueryBuilder().insert().into(RefreshToken).values(session);
    // TypeORM would read back the column that has a default, which `session` sets.
    await insertion.updateEntity(false).execute();
  }

  findById(id: string, manager: EntityManager): Promise<RefreshToken | null> {
    return BY_ID.findOne(manager, id);
  }

  /**
   * Compare-and-swap on both generations: whether this call was the one that moved the session on (S-50).
   *
   * @param from what the session was read with
   */
  async step(
    from: Pick<RefreshToken, 'id' | 'generation' | 'accessGeneration'>,
    { rotates, accessGeneration: next, keyId }: NextGenerations,
    now: number,
    manager: EntityManager,
  ): Promise<boolean> {
    const { id, generation, accessGeneration } = from;
    const values = { id, generation, accessGeneration, next, now };
    const moved = rotates
      ? await ROTATE.run(manager, { ...values, keyId })
      : await STEP.run(manager, values);
    return moved === 1;
  }

  /** Notes a use, forward only. */
  async touch(id: string, now: number, manager: EntityManager): Promise<void> {
    await manager.update(
      RefreshToken,
      { id, lastAccessedAt: LessThan(now) },
      { lastAccessedAt: now },
    );
  }

  /** Whether this call was the one that ended the session. */
  async revoke(id: string, now: number, manager: EntityManager): Promise<boolean> {
    const result = await manager.update(
      RefreshToken,
      { id, revokedAt: IsNull() },
      { revokedAt: now, modifiedAt: now },
    );
    return result.affected === 1;
  }

  /** Ids of the holder's live sessions with a refresh token but one, newest first. */
  async findLiveIds(
    owner: SessionOwner,
    exceptId: string,
    now: number,
    manager: EntityManager,
  ): Promise<string[]> {
    const sessions = await manager.find(RefreshToken, {
      select: { id: true },
      where: {
        ...columnOf(owner),
        id: Not(exceptId),
        salt: Not(IsNull()),
        revokedAt: IsNull(),
        expiresAt: MoreThan(now),
      },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
    return sessions.map(({ id }) => id);
  }

  async revokeMany(ids: readonly string[], now: number, manager: EntityManager): Promise<void> {
    await manager.update(
      RefreshToken,
      { id: In([...ids]), revokedAt: IsNull() },
      { revokedAt: now, modifiedAt: now },
    );
  }

  /** All of the holder's sessions with a refresh token but one. */
  async revokeOthers(
    owner: SessionOwner,
    exceptId: string,
    now: number,
    manager: EntityManager,
  ): Promise<void> {
    await REVOKE_OTHERS[owner.type].run(manager, { ownerId: owner.id, exceptId, now });
  }

  /** All of the holder's sessions, but one if that is given. */
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

  /** The holder's live session of that id; whether this call ended it. */
  async revokeOf(
    owner: SessionOwner,
    id: string,
    now: number,
    manager: EntityManager,
  ): Promise<boolean> {
    const result = await manager.update(
      RefreshToken,
      { ...columnOf(owner), id, revokedAt: IsNull(), expiresAt: MoreThan(now) },
      { revokedAt: now, modifiedAt: now },
    );
    return result.affected === 1;
  }

  /** Locks the holder's session of that id until the transaction ends; whether it is live. */
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

  /** Sessions without a refresh token end with their only access token, and nothing asks for them again. */
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
  return type === 'user' ? { userId: id } : { apiKeyId: id };
}
