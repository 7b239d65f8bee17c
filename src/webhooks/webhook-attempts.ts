import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Clock } from '../common/clock.js';
import { messageOf } from '../common/errors/message-of.js';
import { nextAttempt } from './retry-schedule.js';
import { SigningSecrets } from './signing-secrets.js';
import type { AttemptValues } from './webhook-deliveries.repository.js';
import { WebhookDeliveries, type Claim } from './webhook-deliveries.js';
import { messageHeaders } from './webhook-message.js';
import { WebhookSender, type AttemptResult } from './webhook-sender.js';
import { WebhookState } from './webhook-state.js';
import type { Webhook } from './webhook.entity.js';

const GONE = 410;
/** An answer that takes longer counts as one of a receiver that holds others up. */
const SLOW_MS = 3_000;
const STORE_PAUSE_MS = 500;
const STORE_TRIES = 20;

/** Sends a claimed delivery once, and stores what became of it. */
@Injectable()
export class WebhookAttempts {
  private readonly logger = new Logger('Webhooks');

  constructor(
    private readonly deliveries: WebhookDeliveries,
    private readonly secrets: SigningSecrets,
    private readonly sender: WebhookSender,
    private readonly state: WebhookState,
    private readonly clock: Clock,
  ) {}

  /**
   * @param aborted ends the attempt early: the delivery is then given back
   * @returns whether the receiver took it in time; `undefined`: nothing was learnt of it
   */
  async run({ delivery, webhook }: Claim, aborted: AbortSignal): Promise<boolean | undefined> {
    const startedAt = performance.now();
    const now = this.clock.now();
    const result = await this.send({ delivery, webhook }, now, aborted);
    if (aborted.aborted && result.failure !== null) {
      // Otherwise the claim ends by itself.
      await this.deliveries.release(delivery);
      return undefined;
    }
    const values = this.valuesOf(result, delivery, now);
    await this.store(() => this.deliveries.finish(delivery, values));
    if (result.status === GONE) await this.store(() => this.state.disable(webhook));
    return result.failure === null && performance.now() - startedAt < SLOW_MS;
  }

  private async send(
    { delivery, webhook }: Claim,
    now: number,
    aborted: AbortSignal,
  ): Promise<AttemptResult> {
    const secrets = this.secretsOf(webhook, now);
    if (secrets.length === 0) {
      this.logger.error(
        `the signing secret of the webhook ${webhook.id} cannot be decrypted: set the former secret again, or rotate the secret of the webhook`,
      );
      return { status: null, failure: 'secret' };
    }
    const { eventId: id, body } = delivery;
    const headers = messageHeaders({ id, body }, secrets, now);
    return this.sender.send(webhook.url, headers, body, aborted);
  }

  private secretsOf(webhook: Webhook, now: number): string[] {
    const { id, secret, previousSecret, previousValidUntil } = webhook;
    const isInOverlap = previousSecret !== null && (previousValidUntil ?? 0) > now;
    return [secret, ...(isInOverlap ? [previousSecret] : [])]
      .map((sealed) => this.secrets.open(sealed, id))
      .filter((each) => each !== undefined);
  }

  private valuesOf(
    { status, failure }: AttemptResult,
    delivery: Claim['delivery'],
    now: number,
  ): AttemptValues {
    const attempts = delivery.attempts + 1;
    const ended = this.clock.now();
    const again = failure === null ? undefined : nextAttempt(attempts, delivery, ended);
    const isOver = again === undefined || status === GONE;
    const state = failure === null ? 'delivered' : 'failed';
    return {
      state: isOver ? state : 'pending',
      attempts,
      availableAt: isOver ? ended : again,
      lastAttemptAt: now,
      responseStatus: status,
      failure,
    };
  }

  /** Tries for as long as the claim may hold: an attempt that is not stored is repeated. */
  private async store(work: () => Promise<unknown>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await work();
        return;
      } catch (error) {
        if (tries === STORE_TRIES) throw error;
        if (tries === 1) this.logger.warn(`an attempt is not stored yet: ${messageOf(error)}`);
        await sleep(STORE_PAUSE_MS, undefined, { ref: false });
      }
    }
  }
}
