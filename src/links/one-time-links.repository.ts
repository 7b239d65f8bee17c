import { Injectable } from '@nestjs/common';
import { In, LessThanOrEqual, MoreThan, type EntityManager } from 'typeorm';
import { given } from '../database/given.js';
import type { LinkPurpose } from './link-purpose.js';
import { OneTimeLink } from './one-time-link.entity.js';

@Injectable()
export class OneTimeLinksRepository {
  async insert(link: Omit<OneTimeLink, 'user'>, manager: EntityManager): Promise<void> {
    await manager.insert(OneTimeLink, link);
  }

  find(id: string, manager: EntityManager): Promise<OneTimeLink | null> {
    return manager.findOneBy(OneTimeLink, given({ id }));
  }

  /** Newest first. */
  findOfUser(userId: string, purpose: LinkPurpose, manager: EntityManager): Promise<OneTimeLink[]> {
    return manager.find(OneTimeLink, {
      where: given({ userId, purpose }),
      order: { createdAt: 'DESC', id: 'DESC' },
    });
  }

  /** Links of an account in the order of their ids, after one of them. */
  findOfAccount(
    accountId: string,
    afterId: string | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<OneTimeLink[]> {
    return manager.find(OneTimeLink, {
      where: given({ accountId, id: MoreThan(afterId ?? '') }),
      order: { id: 'ASC' },
      take,
    });
  }

  /** @returns whether there was one: of several that delete the same link, one gets `true` (S-108) */
  async delete(id: string, manager: EntityManager): Promise<boolean> {
    const { affected } = await manager.delete(OneTimeLink, given({ id }));
    return affected === 1;
  }

  async deleteOfUser(
    userId: string,
    purposes: readonly LinkPurpose[],
    manager: EntityManager,
  ): Promise<void> {
    await manager.delete(OneTimeLink, { ...given({ userId }), purpose: In(purposes) });
  }

  /** Deletes expired links, at most so many; returns whether there may be more. */
  async deleteExpired(now: number, most: number, manager: EntityManager): Promise<boolean> {
    const expired = await manager.find(OneTimeLink, {
      select: { id: true },
      where: given({ expiresAt: LessThanOrEqual(now) }),
      take: most,
    });
    if (expired.length > 0) {
      await manager.delete(OneTimeLink, { id: In(expired.map(({ id }) => id)) });
    }
    return expired.length === most;
  }
}
