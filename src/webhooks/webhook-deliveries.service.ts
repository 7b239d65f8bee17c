import { Injectable } from '@nestjs/common';
import { by, type Actor } from '../access/principal.js';
import { ActorAuthorization } from '../accounts/actor-authorization.js';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { PageQuery } from '../common/paging/page-query.js';
import { Pages, type Page } from '../common/paging/pages.js';
import { Database } from '../database/database.js';
import { WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';
import type { WebhookDelivery } from './webhook-delivery.entity.js';
import { WebhookDispatcher } from './webhook-dispatcher.js';
import { WebhooksService } from './webhooks.service.js';

/** Shows an account what was sent to its webhooks, and sends it again. */
@Injectable()
export class SentDeliveries {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly dispatcher: WebhookDispatcher,
    private readonly authorization: ActorAuthorization,
    private readonly database: Database,
    private readonly pages: Pages,
    private readonly clock: Clock,
  ) {}

  /**
   * Newest first.
   *
   * @throws CodedException 40410
   */
  async list(
    actor: Pick<Actor, 'accountId'>,
    webhookId: string,
    query: PageQuery,
  ): Promise<Page<WebhookDelivery>> {
    const webhook = await this.webhooks.get(actor, webhookId);
    return this.pages.page(query, ['deliveries', actor.accountId, webhookId], (after, take) =>
      this.database.read((manager) => this.deliveries.findPage(webhook, after, take, manager)),
    );
  }

  /**
   * Sends a delivery again, at once and then for a day. One that is being sent stays as it is.
   *
   * @throws CodedException 40103, 40105, 40302, 40410
   */
  async redeliver(actor: Actor, webhookId: string, id: string): Promise<WebhookDelivery> {
    const { accountId } = actor;
    const queued = await this.database.transaction(
      async (manager) => {
        await this.authorization.authorize(actor, { needs: ['webhooks:write'] }, manager);
        const find = () => this.deliveries.findOwn(accountId, webhookId, id, manager);
        const delivery = found(await find());
        await this.deliveries.requeue(delivery, this.clock.now(), manager);
        return found(await find());
      },
      async (manager, lost) => {
        const present = await this.deliveries.findOwn(accountId, webhookId, id, manager);
        return present?.queuedAt === lost.queuedAt ? lost : undefined;
      },
      NO_ACCESS,
      () => [{ name: 'webhook.redelivered', ...by(actor), webhookId }],
    );
    this.dispatcher.wake();
    return queued;
  }
}

function found(delivery: WebhookDelivery | null): WebhookDelivery {
  if (!delivery) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
  return delivery;
}
