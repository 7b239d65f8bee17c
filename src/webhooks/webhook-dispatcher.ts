import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../common/errors/message-of.js';
import { Places } from './places.js';
import { WebhookAttempts } from './webhook-attempts.js';
import { WebhookDeliveries, type Claim } from './webhook-deliveries.js';
import { WebhookPurge } from './webhook-purge.js';

const POLL_MS = { min: 1_600, max: 2_400 };
/**
 * After a look-up that took longer than this comes a pause of three times as long: many events that wait for one receiver make
 * look-ups slow, which block the event loop on SQLite.
 */
const SLOW_LOOK_MS = 50;
const PAUSE_FACTOR = 3;
const LONGEST_PAUSE_MS = 1_000;
/** Most deliveries of one look-up. */
const BATCH_SIZE = 100;
/** How long a shutdown waits for requests that are under way, before it cuts them off and gives them back. */
const STOP_MS = 3_000;

/**
 * Sends stored events to webhooks: after a commit of this process at once, otherwise within seconds. Any number of
 * processes share the work by claims. The events of a webhook and subject follow one another (ADR 28).
 *
 * One loop makes all look-ups, so that none becomes part of the transaction of the request that woke it.
 */
@Injectable()
export class WebhookDispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Webhooks');
  private readonly places = new Places();
  private readonly running = new Set<Promise<void>>();
  private readonly aborting = new AbortController();
  private loop: Promise<void> | undefined;
  private readonly ending = new AbortController();
  private isFailing = false;
  /** Ids of deleted webhooks; `undefined`: of a deleted account. */
  private readonly ended = new Set<string | undefined>();
  private isWoken = false;
  private endRest: () => void = () => undefined;

  constructor(
    private readonly deliveries: WebhookDeliveries,
    private readonly attempts: WebhookAttempts,
    private readonly purge: WebhookPurge,
  ) {}

  onApplicationBootstrap(): void {
    this.loop ??= this.run();
  }

  private get isEnding(): boolean {
    return this.ending.signal.aborted;
  }

  /** Waits a short time for the requests that are under way. */
  async onModuleDestroy(): Promise<void> {
    this.ending.abort();
    this.wake();
    await this.loop;
    const timer = setTimeout(() => this.aborting.abort(), STOP_MS);
    await Promise.all(this.running);
    clearTimeout(timer);
  }

  /** Looks for deliveries at once. */
  wake(): void {
    this.isWoken = true;
    this.endRest();
  }

  /**
   * Deletes soon what deleted webhooks have left.
   *
   * @param webhookId which one; without it all rows are read to find those of deleted ones
   */
  cleanUp(webhookId?: string): void {
    this.ended.add(webhookId);
    this.wake();
  }

  private async run(): Promise<void> {
    while (!this.isEnding) {
      this.isWoken = false;
      const startedAt = performance.now();
      const hasBegun = await this.look();
      const took = performance.now() - startedAt;
      if (took > SLOW_LOOK_MS) await this.pause(Math.min(took * PAUSE_FACTOR, LONGEST_PAUSE_MS));
      // SQLite answers synchronously: without this no request would run until all is claimed.
      if (hasBegun) await nextTurn();
      else if (!this.isEnding && !this.isWoken)
        await this.rest(randomInt(POLL_MS.min, POLL_MS.max));
    }
  }

  /** Ends early only for a shutdown. */
  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { ref: false, signal: this.ending.signal }).catch(() => undefined);
  }

  private async rest(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.endRest = resolve;
      timer = setTimeout(resolve, ms).unref();
    });
    clearTimeout(timer);
  }

  /** @returns whether something has begun, so that there may be more */
  private async look(): Promise<boolean> {
    try {
      for (const webhookId of this.ended) {
        this.ended.delete(webhookId);
        while (!this.isEnding && (await this.purge.deleteOrphans(webhookId)));
      }
      const hasBegun = !this.places.isFull && (await this.claimMore());
      this.isFailing = false;
      return hasBegun;
    } catch (error) {
      if (!this.isFailing) this.logger.error(`events wait for delivery: ${messageOf(error)}`);
      this.isFailing = true;
      return false;
    }
  }

  private async claimMore(): Promise<boolean> {
    const found = await this.deliveries.findAvailable(this.places.busy, BATCH_SIZE);
    const placed = found.filter((delivery) => this.places.take(delivery));
    if (placed.length === 0) return false;
    let claims: Claim[] = [];
    try {
      claims = await this.deliveries.claim(placed);
    } finally {
      const claimed = new Set(claims.map(({ delivery }) => delivery.number));
      for (const delivery of placed) {
        if (!claimed.has(delivery.number)) this.places.giveBack(delivery, undefined);
      }
    }
    for (const claim of claims) this.begin(claim);
    return claims.length > 0;
  }

  private begin(claim: Claim): void {
    const running = this.send(claim).finally(() => {
      this.running.delete(running);
      // The next event of the subject may be sent now.
      this.wake();
    });
    this.running.add(running);
  }

  private async send(claim: Claim): Promise<void> {
    let isGood: boolean | undefined;
    try {
      isGood = await this.attempts.run(claim, this.aborting.signal);
    } catch (error) {
      this.logger.error(`a delivery will be sent again: ${messageOf(error)}`);
    } finally {
      this.places.giveBack(claim.delivery, isGood);
    }
  }
}
