import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccountExports } from '../exports/account-exports.js';
import { webhookDeliveryDto } from './dto/webhook-delivery.dto.js';
import { webhookDto } from './dto/webhook.dto.js';
import { WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';
import type { WebhookDelivery } from './webhook-delivery.entity.js';
import type { Webhook } from './webhook.entity.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** Webhooks in the export of an account, without their signing secrets, and what was sent to them. */
@Injectable()
export class WebhooksExport {
  constructor(
    exports: AccountExports,
    private readonly webhooks: WebhooksRepository,
    private readonly deliveries: WebhookDeliveriesRepository,
  ) {
    exports.register<Webhook>({
      name: 'webhooks',
      page: (accountId, after, take, manager) => webhooks.findPage(accountId, after, take, manager),
      view: webhookDto,
    });
    exports.register<WebhookDelivery>({
      name: 'webhook_deliveries',
      page: (accountId, after, take, manager) =>
        this.deliveriesPage(accountId, after, take, manager),
      view: (delivery) => ({ ...webhookDeliveryDto(delivery), webhook_id: delivery.webhookId }),
    });
  }

  /** One webhook after the other, because an index has the deliveries of one in their order. */
  private async deliveriesPage(
    accountId: string,
    after: WebhookDelivery | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<readonly WebhookDelivery[]> {
    const rows: WebhookDelivery[] = [];
    for (const id of await this.webhooks.findIds(accountId, manager)) {
      if (after !== undefined && id < after.webhookId) continue;
      const position = after?.webhookId === id ? after : undefined;
      const left = take - rows.length;
      if (left === 0) break;
      rows.push(...(await this.deliveries.findPage({ id, accountId }, position, left, manager)));
    }
    return rows;
  }
}
