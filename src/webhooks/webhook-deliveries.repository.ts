import { Injectable } from '@nestjs/common';
import {
  In,
  LessThan,
  type EntityManager,
  type FindOptionsWhere,
  type SelectQueryBuilder,
} from 'typeorm';
import type { Position } from '../common/paging/cursor-codec.js';
import { given } from '../database/given.js';
import { newestFirst } from '../database/newest-first.js';
import type { Busy } from './places.js';
import { WebhookDelivery } from './webhook-delivery.entity.js';
import { Webhook } from './webhook.entity.js';

type EventFacts = Pick<
  WebhookDelivery,
  'id' | 'webhookId' | 'accountId' | 'eventId' | 'name' | 'subject' | 'body' | 'createdAt'
>;
type NewWebhookDelivery = ReturnType<typeof newDelivery>;

/** A delivery that waits for its first attempt. */
export function newDelivery(facts: EventFacts) {
  return {
    ...facts,
    queuedAt: facts.createdAt,
    state: 'pending' as const,
    attempts: 0,
    availableAt: facts.createdAt,
    claimedBy: null,
    lastAttemptAt: null,
    responseStatus: null,
    failure: null,
  };
}

/** What an attempt changes in a row. */
export type AttemptValues = Pick<
  WebhookDelivery,
  'state' | 'attempts' | 'availableAt' | 'lastAttemptAt' | 'responseStatus' | 'failure'
>;

/** Rows of one statement, whose parameters an engine limits. */
const INSERTED_AT_ONCE = 100;

/** The statements on deliveries. Those that change claimed rows name the process, so that a claim decides by itself. */
@Injectable()
export class WebhookDeliveriesRepository {
  async insert(rows: readonly NewWebhookDelivery[], manager: EntityManager): Promise<void> {
    for (let start = 0; start < rows.length; start += INSERTED_AT_ONCE) {
      await manager
        .createQueryBuilder()
        .insert()
        .into(WebhookDelivery)
        .values(rows.slice(start, start + INSERTED_AT_ONCE))
        .updateEntity(false)
        .execute();
    }
  }

  /** The oldest pending row of each subject that may be sent now, for active webhooks that are not `busy`. */
  findAvailable(
    { webhookIds, accountIds }: Busy,
    now: number,
    take: number,
    manager: EntityManager,
  ): Promise<WebhookDelivery[]> {
    const query = manager.createQueryBuilder(WebhookDelivery, 'delivery');
    const earlier = query
      .subQuery()
      .select('1')
      .from(WebhookDelivery, 'earlier')
      .where('earlier.webhookId = delivery.webhookId AND earlier.subject = delivery.subject')
      .andWhere('earlier.state = :pending AND earlier.number < delivery.number');
    query
      .innerJoin(Webhook, 'webhook', 'webhook.id = delivery.webhookId')
      .where('delivery.state = :pending AND delivery.availableAt <= :now', {
        pending: 'pending',
        now,
      })
      .andWhere('webhook.isActive = :isActive', { isActive: true })
      .andWhere(`NOT EXISTS ${earlier.getQuery()}`);
    if (webhookIds.length > 0) {
      query.andWhere('delivery.webhookId NOT IN (:...webhookIds)', { webhookIds });
    }
    if (accountIds.length > 0) {
      query.andWhere('delivery.accountId NOT IN (:...accountIds)', { accountIds });
    }
    return query.orderBy('delivery.number').limit(take).getMany();
  }

  /** @returns how many of the rows were claimed: not those that another process has claimed or sent since */
  async claim(
    numbers: readonly number[],
    owner: string,
    now: number,
    until: number,
    manager: EntityManager,
  ): Promise<number> {
    const { affected } = await manager
      .createQueryBuilder()
      .update(WebhookDelivery)
      .set({ claimedBy: owner, availableAt: until })
      .where('number IN (:...numbers) AND state = :pending AND available_at <= :now', {
        numbers,
        pending: 'pending',
        now,
      })
      .execute();
    return affected ?? 0;
  }

  /** Those of the rows that the process has claimed. */
  async findClaimed(
    numbers: readonly number[],
    owner: string,
    manager: EntityManager,
  ): Promise<number[]> {
    const rows = await manager
      .createQueryBuilder(WebhookDelivery, 'delivery')
      .select('delivery.number')
      .where('delivery.number IN (:...numbers) AND delivery.claimedBy = :owner', { numbers, owner })
      .getMany();
    return rows.map(({ number }) => number);
  }

  /** Ends claims without an attempt. */
  async release(
    numbers: readonly number[],
    owner: string,
    now: number,
    manager: EntityManager,
  ): Promise<void> {
    await manager
      .createQueryBuilder()
      .update(WebhookDelivery)
      .set({ claimedBy: null, availableAt: now })
      .where('number IN (:...numbers) AND claimed_by = :owner', { numbers, owner })
      .execute();
  }

  /** Ends a claim after an attempt; returns whether the process still had it. */
  async finish(
    number: number,
    owner: string,
    values: AttemptValues,
    manager: EntityManager,
  ): Promise<boolean> {
    const { affected } = await manager
      .createQueryBuilder()
      .update(WebhookDelivery)
      .set({ ...values, claimedBy: null })
      .where('number = :number AND claimed_by = :owner', { number, owner })
      .execute();
    return affected === 1;
  }

  /** Makes the later rows of a subject wait with the one that failed, so that no look-up passes over them again. */
  async holdBack(
    { webhookId, subject, number }: Pick<WebhookDelivery, 'webhookId' | 'subject' | 'number'>,
    until: number,
    manager: EntityManager,
  ): Promise<void> {
    await manager
      .createQueryBuilder()
      .update(WebhookDelivery)
      .set({ availableAt: until })
      .where('webhook_id = :webhookId AND subject = :subject AND state = :pending', {
        webhookId,
        subject,
        pending: 'pending',
      })
      .andWhere('number > :number AND claimed_by IS NULL', { number })
      .execute();
  }

  /** Newest first. */
  findPage(
    { id: webhookId, accountId }: Pick<Webhook, 'id' | 'accountId'>,
    after: Position | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<WebhookDelivery[]> {
    const query = manager
      .createQueryBuilder(WebhookDelivery, 'delivery')
      .where('delivery.webhookId = :webhookId AND delivery.accountId = :accountId', {
        webhookId,
        accountId,
      });
    return newestFirst(query, after, take).getMany();
  }

  findOwn(
    accountId: string,
    webhookId: string,
    id: string,
    manager: EntityManager,
  ): Promise<WebhookDelivery | null> {
    return manager.findOneBy(WebhookDelivery, given({ accountId, webhookId, id }));
  }

  /** Lets a row be sent again at once, unless it is being sent. */
  async requeue(
    { number }: Pick<WebhookDelivery, 'number'>,
    now: number,
    manager: EntityManager,
  ): Promise<void> {
    await manager
      .createQueryBuilder()
      .update(WebhookDelivery)
      .set({ state: 'pending', attempts: 0, queuedAt: now, availableAt: now, failure: null })
      .where('number = :number AND claimed_by IS NULL', { number })
      .execute();
  }

  /**
   * Deletes rows that have not changed since: of those that are pending, the rows of webhooks that are not active.
   *
   * @returns whether there may be more
   */
  async deleteBefore(time: number, take: number, manager: EntityManager): Promise<boolean> {
    const states = ['delivered', 'failed', 'pending'];
    const query = manager
      .createQueryBuilder(WebhookDelivery, 'delivery')
      .where('delivery.state IN (:...states) AND delivery.availableAt < :time', { states, time });
    // Again in the deletion: one of them may be sent again meanwhile.
    return this.deleteSome(query, take, manager, { availableAt: LessThan(time) });
  }

  /**
   * Deletes rows of a deleted webhook.
   *
   * @returns whether there may be more
   */
  deleteOf(webhookId: string, take: number, manager: EntityManager): Promise<boolean> {
    const query = manager
      .createQueryBuilder(WebhookDelivery, 'delivery')
      .where('delivery.webhookId = :webhookId', { webhookId });
    return this.deleteSome(query, take, manager);
  }

  /**
   * Deletes rows of webhooks that do not exist any more. It reads the whole table.
   *
   * @returns whether there may be more
   */
  async deleteOrphans(take: number, manager: EntityManager): Promise<boolean> {
    const query = manager.createQueryBuilder(WebhookDelivery, 'delivery');
    const webhook = query
      .subQuery()
      .select('1')
      .from(Webhook, 'webhook')
      .where('webhook.id = delivery.webhookId');
    return this.deleteSome(query.where(`NOT EXISTS ${webhook.getQuery()}`), take, manager);
  }

  private async deleteSome(
    query: SelectQueryBuilder<WebhookDelivery>,
    take: number,
    manager: EntityManager,
    where: FindOptionsWhere<WebhookDelivery> = {},
  ): Promise<boolean> {
    const rows = await query.select('delivery.number').limit(take).getMany();
    const numbers = rows.map(({ number }) => number);
    if (numbers.length > 0)
      await manager.delete(WebhookDelivery, { ...where, number: In(numbers) });
    return numbers.length === take;
  }
}
