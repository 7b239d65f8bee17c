import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EventDelivery } from './event-delivery.entity.js';

export type NewDelivery = Pick<
  EventDelivery,
  | 'eventId'
  | 'listener'
  | 'name'
  | 'subject'
  | 'payload'
  | 'createdAt'
  | 'attempts'
  | 'availableAt'
  | 'claimedBy'
>;

/** The statements on deliveries. Those that change claimed rows name the process, so that a claim decides by itself. */
@Injectable()
export class EventDeliveriesRepository {
  async insert(rows: NewDelivery[], manager: EntityManager): Promise<void> {
    await manager
      .createQueryBuilder()
      .insert()
      .into(EventDelivery)
      .values(rows)
      .updateEntity(false)
      .execute();
  }

  /** The oldest rows of all listeners and subjects of which no row is claimed or waits after a failure. */
  findAvailable(
    listeners: readonly string[],
    now: number,
    limit: number,
    manager: EntityManager,
  ): Promise<EventDelivery[]> {
    const query = manager.createQueryBuilder(EventDelivery, 'delivery');
    const held = query
      .subQuery()
      .select('1')
      .from(EventDelivery, 'held')
      .where('held.listener = delivery.listener AND held.subject = delivery.subject')
      .andWhere('held.availableAt > :now');
    return query
      .where('delivery.listener IN (:...listeners) AND delivery.availableAt <= :now', {
        listeners,
        now,
      })
      .andWhere(`NOT EXISTS ${held.getQuery()}`)
      .orderBy('delivery.id')
      .limit(limit)
      .getMany();
  }

  /** @returns how many of the rows were claimed: not those that another process has claimed or deleted since */
  async claim(
    ids: readonly number[],
    owner: string,
    now: number,
    until: number,
    manager: EntityManager,
  ): Promise<number> {
    const { affected } = await manager
      .createQueryBuilder()
      .update(EventDelivery)
      .set({ claimedBy: owner, availableAt: until })
      .where('id IN (:...ids) AND available_at <= :now', { ids, now })
      .execute();
    return affected ?? 0;
  }

  /** Those of the rows that the process has claimed. */
  async findClaimed(
    ids: readonly number[],
    owner: string,
    manager: EntityManager,
  ): Promise<number[]> {
    const rows = await manager
      .createQueryBuilder(EventDelivery, 'delivery')
      .select('delivery.id')
      .where('delivery.id IN (:...ids) AND delivery.claimedBy = :owner', { ids, owner })
      .getMany();
    return rows.map(({ id }) => id);
  }

  /** Those of the rows that exist. */
  async findExisting(ids: readonly number[], manager: EntityManager): Promise<number[]> {
    const rows = await manager
      .createQueryBuilder(EventDelivery, 'delivery')
      .select('delivery.id')
      .where('delivery.id IN (:...ids)', { ids })
      .getMany();
    return rows.map(({ id }) => id);
  }

  /** Changes claimed rows; returns how many. */
  async change(
    ids: readonly number[],
    owner: string,
    values: Partial<Pick<EventDelivery, 'attempts' | 'availableAt' | 'claimedBy'>>,
    manager: EntityManager,
  ): Promise<number> {
    const { affected } = await manager
      .createQueryBuilder()
      .update(EventDelivery)
      .set(values)
      .where('id IN (:...ids) AND claimed_by = :owner', { ids, owner })
      .execute();
    return affected ?? 0;
  }

  /** Makes the later rows of a subject wait with the one that failed, so that no look-up passes over them again. */
  async holdBack(
    { listener, subject }: Pick<EventDelivery, 'listener' | 'subject'>,
    owner: string,
    until: number,
    manager: EntityManager,
  ): Promise<void> {
    await manager
      .createQueryBuilder()
      .update(EventDelivery)
      .set({ availableAt: until, claimedBy: null })
      .where('listener = :listener AND subject = :subject', { listener, subject })
      .andWhere('(claimed_by IS NULL OR claimed_by = :owner)', { owner })
      .execute();
  }

  /** Deletes claimed rows; returns how many. */
  async remove(ids: readonly number[], owner: string, manager: EntityManager): Promise<number> {
    const { affected } = await manager
      .createQueryBuilder()
      .delete()
      .from(EventDelivery)
      .where('id IN (:...ids) AND claimed_by = :owner', { ids, owner })
      .execute();
    return affected ?? 0;
  }

  /** Old rows of other listeners, of which no process has touched any row since then. */
  findAbandoned(
    listeners: readonly string[],
    since: number,
    limit: number,
    manager: EntityManager,
  ): Promise<EventDelivery[]> {
    const query = manager.createQueryBuilder(EventDelivery, 'delivery');
    const touched = query
      .subQuery()
      .select('1')
      .from(EventDelivery, 'touched')
      .where('touched.listener = delivery.listener AND touched.availableAt > :since');
    query
      .where('delivery.createdAt <= :since', { since })
      .andWhere(`NOT EXISTS ${touched.getQuery()}`);
    if (listeners.length > 0) {
      query.andWhere('delivery.listener NOT IN (:...listeners)', { listeners });
    }
    return query.limit(limit).getMany();
  }

  async discard(ids: readonly number[], manager: EntityManager): Promise<void> {
    await manager.delete(EventDelivery, [...ids]);
  }
}
