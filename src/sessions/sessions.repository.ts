import { Injectable } from '@nestjs/common';
import { In, IsNull, MoreThan, Not, type EntityManager } from 'typeorm';
import { RefreshToken } from './refresh-token.entity.js';

@Injectable()
export class SessionsRepository {
  async insert(session: RefreshToken, manager: EntityManager): Promise<void> {
    await manager.insert(RefreshToken, session);
  }

  findById(id: string, manager: EntityManager): Promise<RefreshToken | null> {
    return manager
      .createQueryBuilder(RefreshToken, 'session')
      .addSelect('session.salt')
      .where('session.id = :id', { id })
      .getOne();
  }

  /** Compare-and-swap: whether this call was the one that moved the session on (S-50). */
  async advance(
    session: Pick<RefreshToken, 'id' | 'generation'>,
    now: number,
    manager: EntityManager,
  ): Promise<boolean> {
    const result = await manager.update(
      RefreshToken,
      {
        id: session.id,
        generation: session.generation,
        revokedAt: IsNull(),
        expiresAt: MoreThan(now),
      },
      {
        generation: session.generation + 1,
        rotatedAt: now,
        lastAccessedAt: now,
        modifiedAt: now,
      },
    );
    return result.affected === 1;
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

  /** Ids of a user's live sessions but one, newest first. */
  async findLiveIdsOfUser(
    userId: string,
    exceptId: string,
    now: number,
    manager: EntityManager,
  ): Promise<string[]> {
    const sessions = await manager.find(RefreshToken, {
      select: { id: true },
      where: { userId, id: Not(exceptId), revokedAt: IsNull(), expiresAt: MoreThan(now) },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
    return sessions.map(({ id }) => id);
  }

  async revokeAll(ids: readonly string[], now: number, manager: EntityManager): Promise<void> {
    await manager.update(
      RefreshToken,
      { id: In([...ids]), revokedAt: IsNull() },
      { revokedAt: now, modifiedAt: now },
    );
  }

  async revokeAllOfUserBut(
    userId: string,
    exceptId: string,
    now: number,
    manager: EntityManager,
  ): Promise<void> {
    await manager.update(
      RefreshToken,
      { userId, id: Not(exceptId), revokedAt: IsNull() },
      { revokedAt: now, modifiedAt: now },
    );
  }
}
