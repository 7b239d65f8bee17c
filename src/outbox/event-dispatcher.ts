import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Semaphore } from 'async-mutex';
import { randomInt } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { groupBy } from '../common/group-by.js';
import { messageOf } from '../common/errors/message-of.js';
import { DurableListeners } from '../events/durable-listeners.js';
import { DeliveryAttempts } from './delivery-attempts.js';
import { CLAIM_MS, EventDeliveries } from './event-deliveries.js';
import type { EventDelivery } from './event-delivery.entity.js';

const POLL_MS = { min: 800, max: 1_200 };
/** Pause after other processes have claimed all that was found. */
const CONTENDED_MS = { min: 10, max: 50 };
const NO_PAUSE = { min: 0, max: 0 };
/** Most deliveries of one look-up. A listener of which half as many are claimed gets no more for the time being. */
const BATCH_SIZE = 200;
/** Subjects of which each listener processes events at the same time. */
const CONCURRENCY = 10;
/** How long a shutdown waits for running listeners: shorter than a claim, whose renewals end with it. */
const STOP_MS = 10_000;

/** Deliveries for one listener about one subject, oldest first. */
interface Chain {
  readonly listener: string;
  /** Those that are claimed and not done. */
  readonly deliveries: EventDelivery[];
  readonly end: Promise<void>;
}

/**
 * Delivers stored events to durable listeners: after a commit of this process at once, otherwise within a second. Any
 * number of processes share the work by claims. The events of a listener and subject run one after another (ADR 25).
 *
 * One loop makes all look-ups, so that none becomes part of the transaction of the request that woke it.
 */
@Injectable()
export class EventDispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  /** By listener and subject. */
  private readonly chains = new Map<string, Chain>();
  private readonly places = new Map<string, Semaphore>();
  private readonly logger = new Logger(EventDispatcher.name);
  private loop: Promise<void> | undefined;
  private isEnding = false;
  private isFailing = false;
  private renewal: NodeJS.Timeout | undefined;
  private endRest: () => void = () => undefined;

  constructor(
    private readonly listeners: DurableListeners,
    private readonly deliveries: EventDeliveries,
    private readonly attempts: DeliveryAttempts,
  ) {
    listeners.onAddition(() => this.wake());
  }

  onApplicationBootstrap(): void {
    this.loop ??= this.run();
  }

  /** Waits for the running listeners, and gives back what none has begun with. */
  async onModuleDestroy(): Promise<void> {
    this.isEnding = true;
    this.wake();
    await this.loop;
    for (const places of this.places.values()) places.cancel();
    const ends = Promise.all([...this.chains.values()].map(({ end }) => end));
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, STOP_MS)));
    await Promise.race([ends, limit]);
    clearTimeout(timer);
    clearInterval(this.renewal);
    if (this.chains.size === 0) return;
    this.logger.error(
      `${this.chains.size} durable listeners did not end within ${STOP_MS / 1000} s: their events will be delivered again`,
    );
  }

  /** Looks for deliveries at once. */
  wake(): void {
    this.endRest();
  }

  private async run(): Promise<void> {
    while (!this.isEnding) {
      const woken = new Promise<void>((resolve) => (this.endRest = resolve));
      const { min, max } = await this.look();
      // SQLite answers synchronously: without this no request would run until all is claimed.
      if (max === 0) await nextTurn();
      else if (!this.isEnding) await this.rest(woken, randomInt(min, max));
    }
  }

  /** Without durable listeners only a new one ends the rest. */
  private async rest(woken: Promise<void>, ms: number): Promise<void> {
    if (this.listeners.names.length === 0) return woken;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms).unref()));
    await Promise.race([woken, over]);
    clearTimeout(timer);
  }

  /** @returns the pause until the next look */
  private async look(): Promise<{ min: number; max: number }> {
    try {
      const pause = await this.claimMore();
      this.isFailing = false;
      return pause;
    } catch (error) {
      if (!this.isFailing) this.logger.error(`events wait for delivery: ${messageOf(error)}`);
      this.isFailing = true;
      return POLL_MS;
    }
  }

  private async claimMore(): Promise<{ min: number; max: number }> {
    const listeners = this.listeners.names.filter((name) => this.claimedFor(name) < BATCH_SIZE / 2);
    if (listeners.length === 0) return POLL_MS;
    const available = await this.deliveries.findAvailable(listeners, BATCH_SIZE);
    // A claim of this process that has ended while its listener runs would run it a second time.
    const found = available.filter((delivery) => !this.chains.has(chainOf(delivery)));
    if (found.length === 0) return POLL_MS;
    const claimed = await this.deliveries.claim(found.map(({ id }) => id));
    let hasBegun = false;
    for (const [chain, deliveries] of groupBy(found, chainOf)) {
      const lost = deliveries.findIndex(({ id }) => !claimed.has(id));
      const ours = lost === -1 ? deliveries : deliveries.slice(0, lost);
      // What follows one that another process has must wait for it.
      const later = deliveries.slice(ours.length).filter(({ id }) => claimed.has(id));
      void this.giveBack(later);
      this.begin(chain, ours);
      hasBegun ||= ours.length > 0;
    }
    return hasBegun ? NO_PAUSE : CONTENDED_MS;
  }

  private claimedFor(listener: string): number {
    const ofListener = [...this.chains.values()].filter((chain) => chain.listener === listener);
    return ofListener.reduce((sum, { deliveries }) => sum + deliveries.length, 0);
  }

  private begin(key: string, deliveries: EventDelivery[]): void {
    const [first] = deliveries;
    if (!first) return;
    this.renewal ??= setInterval(() => void this.renew(), CLAIM_MS / 3).unref();
    const end = this.deliver(first.listener, deliveries).finally(() => {
      this.chains.delete(key);
      if (this.chains.size === 0) {
        clearInterval(this.renewal);
        this.renewal = undefined;
      }
      // The next events of the subject may have come meanwhile.
      this.wake();
    });
    this.chains.set(key, { listener: first.listener, deliveries, end });
  }

  private async deliver(listener: string, deliveries: EventDelivery[]): Promise<void> {
    try {
      await this.placesOf(listener).runExclusive(async () => {
        for (let next = deliveries[0]; next && !this.isEnding; next = deliveries[0]) {
          const outcome = await this.attempts.run(next, () => this.isEnding);
          if (outcome === 'postponed') deliveries.length = 0;
          if (outcome === 'unknown') break;
          deliveries.shift();
          if (outcome === 'lost') break;
        }
      });
    } catch {
      // The shutdown has cancelled its place.
    }
    await this.giveBack(deliveries);
  }

  private placesOf(listener: string): Semaphore {
    const places = this.places.get(listener) ?? new Semaphore(CONCURRENCY);
    this.places.set(listener, places);
    return places;
  }

  private async giveBack(deliveries: readonly EventDelivery[]): Promise<void> {
    try {
      await Promise.all(deliveries.map(({ id }) => this.deliveries.release(id)));
    } catch (error) {
      this.logger.warn(`claims will end by themselves: ${messageOf(error)}`);
    }
  }

  private async renew(): Promise<void> {
    const claimed = [...this.chains.values()].flatMap(({ deliveries }) => deliveries);
    try {
      if (claimed.length > 0) await this.deliveries.renew(claimed.map(({ id }) => id));
    } catch (error) {
      this.logger.warn(`claims were not renewed: ${messageOf(error)}`);
    }
  }
}

function chainOf({ listener, subject }: EventDelivery): string {
  return `${listener} ${subject}`;
}
