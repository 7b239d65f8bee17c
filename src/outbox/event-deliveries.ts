import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { randomUUID } from 'node:crypto';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Clock } from '../common/clock.js';
import { Database } from '../database/database.js';
import { EventDeliveriesRepository } from './event-deliveries.repository.js';
import type { EventDelivery } from './event-delivery.entity.js';

/**
 * How long a claim holds without renewal. It is renewed every third of that, so that a process whose clock is up to
 * 10 s ahead takes none that is alive.
 */
export const CLAIM_MS = 15_000;
const MAX_BATCH_SIZE = 200;

/** After a lost answer the claims of this process tell what happened: they end by themselves. */
const UNKNOWN = () => Promise.resolve(undefined);

/**
 * The stored deliveries, and the claims of this process on them. A claim is an update whose row count decides, so that
 * it needs no locks (ADR 25).
 */
@Injectable()
export class EventDeliveries {
  /** A new one for each process and Gatehouse. */
  private readonly owner = randomUUID();
  private readonly removals = batched((ids) => this.removeMany(ids));
  private readonly releases = batched((ids) => this.releaseMany(ids));

  constructor(
    private readonly database: Database,
    private readonly repository: EventDeliveriesRepository,
    private readonly clock: Clock,
  ) {}

  findAvailable(listeners: readonly string[], limit: number): Promise<EventDelivery[]> {
    return this.database.read((manager) =>
      this.repository.findAvailable(listeners, this.clock.now(), limit, manager),
    );
  }

  /** @returns those that this process has claimed */
  async claim(ids: readonly number[]): Promise<ReadonlySet<number>> {
    const now = this.clock.now();
    const count = await this.database.write(
      (manager) => this.repository.claim(ids, this.owner, now, now + CLAIM_MS, manager),
      UNKNOWN,
      NO_ACCESS,
    );
    if (count === 0 || count === ids.length) return new Set(count === 0 ? [] : ids);
    const claimed = await this.database.read((manager) =>
      this.repository.findClaimed(ids, this.owner, manager),
    );
    return new Set(claimed);
  }

  async renew(ids: readonly number[]): Promise<void> {
    await this.change(ids, { availableAt: this.clock.now() + CLAIM_MS });
  }

  /** Gives a claim back, for any process to claim at once. */
  async release(id: number): Promise<void> {
    await this.releases.load(id);
  }

  /**
   * Deletes a delivery whose listener is done with it.
   *
   * @returns whether the next one of the subject may follow: not if another process has taken it over meanwhile
   */
  remove(id: number): Promise<boolean> {
    return this.removals.load(id);
  }

  /** Ends a claim after a failure; the whole subject then waits. */
  async postpone(delivery: EventDelivery, attempts: number, until: number): Promise<void> {
    const { owner, repository } = this;
    const values = { attempts, availableAt: until, claimedBy: null };
    await this.database.transaction(
      async (manager) => {
        if ((await repository.change([delivery.id], owner, values, manager)) === 0) return;
        await repository.holdBack(delivery, owner, until, manager);
      },
      UNKNOWN,
      NO_ACCESS,
    );
  }

  private change(
    ids: readonly number[],
    values: Parameters<EventDeliveriesRepository['change']>[2],
  ): Promise<number> {
    return this.database.write(
      (manager) => this.repository.change(ids, this.owner, values, manager),
      UNKNOWN,
      NO_ACCESS,
    );
  }

  private async releaseMany(ids: readonly number[]): Promise<void[]> {
    await this.change(ids, { availableAt: 0, claimedBy: null });
    return ids.map(() => undefined);
  }

  private async removeMany(ids: readonly number[]): Promise<boolean[]> {
    const count = await this.database.write(
      (manager) => this.repository.remove(ids, this.owner, manager),
      UNKNOWN,
      NO_ACCESS,
    );
    if (count === ids.length) return ids.map(() => true);
    const left = new Set(
      await this.database.read((manager) => this.repository.findExisting(ids, manager)),
    );
    return ids.map((id) => !left.has(id));
  }
}

/** One statement for the rows that are ready in the same turn of the event loop. */
function batched<T>(load: (ids: readonly number[]) => Promise<T[]>): DataLoader<number, T> {
  return new DataLoader(load, {
    cache: false,
    maxBatchSize: MAX_BATCH_SIZE,
    batchScheduleFn: (dispatch) => void setImmediate(dispatch),
  });
}
