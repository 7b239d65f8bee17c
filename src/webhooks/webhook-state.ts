import { Injectable } from '@nestjs/common';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Database } from '../database/database.js';
import { SYSTEM } from '../events/gatehouse-event.js';
import type { Webhook } from './webhook.entity.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** Changes of a webhook by Gatehouse itself. */
@Injectable()
export class WebhookState {
  constructor(
    private readonly repository: WebhooksRepository,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Deactivates a webhook whose receiver has answered that it is gone for good (410), unless its URL has changed since. */
  async disable(webhook: Pick<Webhook, 'id' | 'accountId' | 'url'>): Promise<void> {
    const now = this.clock.now();
    const { accountId, id: webhookId } = webhook;
    await this.database.transaction(
      (manager) => this.repository.deactivate(webhook, now, manager),
      async (manager) => {
        const found = await this.repository.findOwn(accountId, webhookId, manager);
        return found?.modifiedAt === now && !found.isActive ? true : undefined;
      },
      NO_ACCESS,
      (isDisabled) =>
        isDisabled
          ? [{ name: 'webhook.disabled', accountId, ...SYSTEM, webhookId, reason: 'answered 410' }]
          : [],
    );
  }
}
