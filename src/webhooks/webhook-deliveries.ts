import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Database } from '../database/database.js';
import {
  WebhookDeliveriesRepository,
  type AttemptValues,
} from './webhook-deliveries.repository.js';
import type { Busy } from './places.js';
import type { WebhookDelivery } from './webhook-delivery.entity.js';
import type { Webhook } from './webhook.entity.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** How long a claim holds: three attempts long, so that the clocks of two processes may differ by 20 s. */
const CLAIM_MS = 30_000;

/** After a lost answer the claims of this process tell what happened: they end by themselves. */
const UNKNOWN = () => Promise.resolve(undefined);

/** A delivery with its webhook. */
export interface Claim {
  readonly delivery: WebhookDelivery;
  readonly webhook: Webhook;
}

/** The stored deliveries, and the claims of this process on them: updates whose row count decides (ADR 28). */
@Injectable()
export class WebhookDeliveries {
  /** A new one for each process and Gatehouse. */
  private readonly owner = randomUUID();

  constructor(
    private readonly database: Database,
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly webhooks: WebhooksRepository,
    private readonly clock: Clock,
  ) {}

  /** @param busy what to leave out */
  findAvailable(busy: Busy, take: number): Promise<WebhookDelivery[]> {
    return this.database.read((manager) =>
      this.deliveries.findAvailable(busy, this.clock.now(), take, manager),
    );
  }

  /** @returns those that this process has claimed, with their webhooks as they are now */
  async claim(found: readonly WebhookDelivery[]): Promise<Claim[]> {
    const numbers = found.map(({ number }) => number);
    const now = this.clock.now();
    const count = await this.database.write(
      (manager) => this.deliveries.claim(numbers, this.owner, now, now + CLAIM_MS, manager),
      UNKNOWN,
      NO_ACCESS,
    );
    if (count === 0) return [];
    return this.database.read(async (manager) => {
      const claimed = await this.deliveries.findClaimed(numbers, this.owner, manager);
      const ids = new Set(found.map(({ webhookId }) => webhookId));
      const rows = await this.webhooks.findMany([...ids], manager);
      const webhooks = new Map(rows.map((webhook) => [webhook.id, webhook]));
      return found.flatMap((delivery) => {
        const webhook = webhooks.get(delivery.webhookId);
        return webhook && claimed.includes(delivery.number) ? [{ delivery, webhook }] : [];
      });
    });
  }

  /** Gives a claim back, for any process to claim at once. */
  async release({ number }: WebhookDelivery): Promise<void> {
    await this.database.write(
      (manager) => this.deliveries.release([number], this.owner, this.clock.now(), manager),
      UNKNOWN,
      NO_ACCESS,
    );
  }

  /** Stores what became of an attempt, unless another process has taken the delivery over; the subject waits with it. */
  async finish(delivery: WebhookDelivery, values: AttemptValues): Promise<void> {
    const { owner, deliveries } = this;
    await this.database.transaction(
      async (manager) => {
        const isOurs = await deliveries.finish(delivery.number, owner, values, manager);
        if (!isOurs || values.state !== 'pending') return;
        await deliveries.holdBack(delivery, values.availableAt, manager);
      },
      UNKNOWN,
      NO_ACCESS,
    );
  }
}
