import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Housekeeping } from '../common/housekeeping.js';
import { Database } from '../database/database.js';
import { SigningSecrets } from './signing-secrets.js';
import { WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';
import type { Webhook } from './webhook.entity.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** How long a delivery stays after it was delivered or given up. */
const KEPT_MS = 7 * 86_400_000;
const BATCH_SIZE = 500;

/** Deletes deliveries that are over (S-168), and encrypts secrets under the present key. */
@Injectable()
export class WebhookPurge {
  constructor(
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly webhooks: WebhooksRepository,
    private readonly secrets: SigningSecrets,
    private readonly database: Database,
    private readonly clock: Clock,
    housekeeping: Housekeeping,
  ) {
    housekeeping.add('old deliveries of webhooks', () => this.deleteOld());
    housekeeping.add('deliveries of deleted webhooks', () => this.deleteOrphans());
    housekeeping.add('former encryption of signing secrets', () => this.resealSome());
  }

  /** Deletes a batch of rows of a webhook that is gone, or of any; returns whether there may be more. */
  deleteOrphans(webhookId?: string): Promise<boolean> {
    return this.changing((manager) =>
      webhookId === undefined
        ? this.deliveries.deleteOrphans(BATCH_SIZE, manager)
        : this.deliveries.deleteOf(webhookId, BATCH_SIZE, manager),
    );
  }

  private deleteOld(): Promise<boolean> {
    const time = this.clock.now() - KEPT_MS;
    return this.changing((manager) => this.deliveries.deleteBefore(time, BATCH_SIZE, manager));
  }

  /** So that the operator can remove a former secret from the settings. */
  private resealSome(): Promise<boolean> {
    const prefix = this.secrets.currentPrefix;
    return this.changing(async (manager) => {
      const found = await this.webhooks.findSealedOtherwise(prefix, BATCH_SIZE, manager);
      let count = 0;
      for (const webhook of found) if (await this.reseal(webhook, manager)) count++;
      return count === BATCH_SIZE;
    });
  }

  private async reseal(webhook: Webhook, manager: EntityManager): Promise<boolean> {
    const { id } = webhook;
    const secret = this.secrets.open(webhook.secret, id);
    // Its key is not set: a later start may have it again.
    if (secret === undefined) return false;
    const previous = webhook.previousSecret && this.secrets.open(webhook.previousSecret, id);
    const values = {
      secret: this.secrets.seal(secret, id),
      previousSecret: previous ? this.secrets.seal(previous, id) : null,
    };
    await this.webhooks.reseal(webhook, values, manager);
    return true;
  }

  private changing(work: (manager: EntityManager) => Promise<boolean>): Promise<boolean> {
    return this.database.transaction(work, () => Promise.resolve(true), NO_ACCESS);
  }
}
