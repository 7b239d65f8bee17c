import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { EventBus } from '../events/event-bus.js';
import { hostEvent, type DomainEvent } from '../events/gatehouse-event.js';
import { subjectOf } from '../outbox/subject.js';
import { newDelivery, WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';
import { WebhookDispatcher } from './webhook-dispatcher.js';
import { bodyOf } from './webhook-message.js';
import { EVERY_EVENT, type Webhook } from './webhook.entity.js';
import { WebhooksRepository } from './webhooks.repository.js';

const MAX_REMEMBERED = 1_000;

/** Stores an event for each webhook of its account that asks for it, in the transaction of its change (S-152). */
@Injectable()
export class WebhookRecorder {
  /** Ids of events whose transactions are not over. */
  private readonly recorded = new Set<string>();

  constructor(
    bus: EventBus,
    dispatcher: WebhookDispatcher,
    private readonly webhooks: WebhooksRepository,
    private readonly deliveries: WebhookDeliveriesRepository,
  ) {
    const record = (events: readonly DomainEvent[], manager: EntityManager) =>
      this.record(events, manager);
    bus.recordWith(record);
    // Of these, only the reuse of a session that has ended already is an event for hosts.
    bus.recordRefusalsWith(record);
    bus.subscribe((event) => {
      if (event.name === 'webhook.deleted') dispatcher.cleanUp(event.webhookId);
      if (event.name === 'account.deleted') dispatcher.cleanUp();
      if (this.recorded.delete(event.id)) dispatcher.wake();
    });
  }

  private async record(events: readonly DomainEvent[], manager: EntityManager): Promise<void> {
    const happened = events.map((each) => hostEvent(each)).filter((each) => each !== undefined);
    if (happened.length === 0) return;
    const accountIds = [...new Set(happened.map(({ accountId }) => accountId))];
    const webhooks = await this.webhooks.findActive(accountIds, manager);
    const rows = happened.flatMap((event) =>
      webhooks
        .filter((each) => each.accountId === event.accountId && listensTo(each, event.name))
        .map(({ id: webhookId, accountId }) =>
          newDelivery({
            id: randomUUID(),
            webhookId,
            accountId,
            eventId: event.id,
            name: event.name,
            subject: subjectOf(event),
            body: bodyOf(event),
            createdAt: event.at,
          }),
        ),
    );
    if (rows.length === 0) return;
    await this.deliveries.insert(rows, manager);
    // Those of transactions that were rolled back stay.
    if (this.recorded.size > MAX_REMEMBERED) this.recorded.clear();
    for (const { eventId } of rows) this.recorded.add(eventId);
  }
}

function listensTo({ events }: Pick<Webhook, 'events'>, name: string): boolean {
  return events.includes(name) || events.includes(EVERY_EVENT);
}
