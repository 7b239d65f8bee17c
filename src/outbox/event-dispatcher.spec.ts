import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { SetClock } from '../../test/support/unit.js';
import { DurableListeners } from '../events/durable-listeners.js';
import { DeliveryAttempts } from './delivery-attempts.js';
import type { EventDeliveries } from './event-deliveries.js';
import type { EventDelivery } from './event-delivery.entity.js';
import { EventDispatcher } from './event-dispatcher.js';
import { KEPT_MS } from './kept.js';

const lines: string[] = [];
const silent = () => undefined;
const keep = (line: unknown) => void lines.push(String(line));
beforeAll(() => Logger.overrideLogger({ log: silent, warn: silent, error: keep }));
afterAll(() => Logger.overrideLogger(['log', 'warn', 'error']));

const open: EventDispatcher[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((dispatcher) => dispatcher.onModuleDestroy()));
  lines.length = 0;
});

/** The table in memory, as one process sees it. */
class Deliveries implements Pick<
  EventDeliveries,
  'findAvailable' | 'claim' | 'renew' | 'release' | 'remove' | 'postpone'
> {
  readonly rows: EventDelivery[] = [];
  lookUps = 0;
  /** Rows that another process claims after the first look-up. */
  readonly foreign = new Set<number>();
  private isClaimedElsewhere = false;

  constructor(private readonly clock: SetClock) {}

  add(subject: string, createdAt = this.clock.now()): void {
    const id = this.rows.length + 1;
    const payload = JSON.stringify({ name: 'user.changed', id: `event-${id}`, userId: subject });
    const facts = { listener: 'test', name: 'user.changed', attempts: 0, availableAt: 0 };
    const row = { id, eventId: `event-${id}`, subject, payload, createdAt, ...facts };
    this.rows.push({ ...row, claimedBy: null } as EventDelivery);
  }

  findAvailable(listeners: readonly string[], limit: number): Promise<EventDelivery[]> {
    this.lookUps++;
    const isHeld = ({ availableAt }: EventDelivery) => availableAt > this.clock.now();
    const isForeign = ({ id }: EventDelivery) => this.isClaimedElsewhere && this.foreign.has(id);
    const held = new Set(
      this.rows.filter((row) => isHeld(row) || isForeign(row)).map(({ subject }) => subject),
    );
    const found = this.rows.filter(
      ({ listener, subject }) => listeners.includes(listener) && !held.has(subject),
    );
    return Promise.resolve(found.slice(0, limit));
  }

  claim(ids: readonly number[]): Promise<ReadonlySet<number>> {
    const claimed = ids.filter((id) => !this.foreign.has(id));
    this.isClaimedElsewhere = true;
    this.change(claimed, { availableAt: this.clock.now() + 15_000, claimedBy: 'this' });
    return Promise.resolve(new Set(claimed));
  }

  renew = () => Promise.resolve();

  release(id: number): Promise<void> {
    this.change([id], { availableAt: 0, claimedBy: null });
    return Promise.resolve();
  }

  remove(id: number): Promise<boolean> {
    if (this.foreign.has(id)) return Promise.resolve(false);
    const index = this.rows.findIndex((row) => row.id === id);
    this.rows.splice(index, 1);
    return Promise.resolve(true);
  }

  postpone({ id, subject }: EventDelivery, attempts: number, until: number): Promise<void> {
    this.change([id], { attempts });
    const ids = this.rows.filter((row) => row.subject === subject).map((row) => row.id);
    this.change(ids, { availableAt: until, claimedBy: null });
    return Promise.resolve();
  }

  private change(ids: readonly number[], values: Partial<EventDelivery>): void {
    for (const row of this.rows) if (ids.includes(row.id)) Object.assign(row, values);
  }
}

function dispatching(listen?: (id: string) => unknown) {
  const clock = new SetClock();
  const listeners = new DurableListeners();
  const deliveries = new Deliveries(clock);
  const store = deliveries as unknown as EventDeliveries;
  const attempts = new DeliveryAttempts(listeners, store, clock);
  const dispatcher = new EventDispatcher(listeners, store, attempts);
  open.push(dispatcher);
  const got: string[] = [];
  const listener = ({ id }: { id: string }) => {
    got.push(id);
    return listen?.(id);
  };
  if (listen) listeners.add('test', 'user.changed', listener, listener);
  /** Lets the dispatcher do what it can do now. */
  const settle = async () => {
    dispatcher.wake();
    for (let turns = 0; turns < 20; turns++) await turn();
  };
  return { clock, listeners, deliveries, dispatcher, got, settle };
}

describe('EventDispatcher', () => {
  it('looks for nothing while there are no durable listeners', async () => {
    const { dispatcher, deliveries, settle } = dispatching();
    deliveries.add('a');
    dispatcher.onApplicationBootstrap();
    await settle();
    expect(deliveries.lookUps).toBe(0);
  });

  it('begins with a listener that is added later', async () => {
    const { dispatcher, deliveries, listeners, settle } = dispatching();
    deliveries.add('a');
    dispatcher.onApplicationBootstrap();
    await settle();
    listeners.add('test', 'user.changed', silent, silent);
    await settle();
    expect(deliveries.rows).toEqual([]);
  });

  it('calls the listener for the events of a subject one after another', async () => {
    const running: string[] = [];
    const { dispatcher, deliveries, got, settle } = dispatching(async (id) => {
      running.push(id);
      expect(running).toHaveLength(1);
      await turn();
      running.pop();
    });
    for (const _ of [1, 2, 3]) deliveries.add('a');
    dispatcher.onApplicationBootstrap();
    await settle();
    expect(got).toEqual(['event-1', 'event-2', 'event-3']);
    expect(deliveries.rows).toEqual([]);
  });

  it('runs events of at most ten subjects of a listener at the same time', async () => {
    const ends: (() => void)[] = [];
    const { dispatcher, deliveries, got, settle } = dispatching(
      () => new Promise<void>((resolve) => ends.push(resolve)),
    );
    for (let subject = 0; subject < 25; subject++) deliveries.add(`${subject}`);
    dispatcher.onApplicationBootstrap();
    await settle();
    expect(got).toHaveLength(10);
    for (const end of ends.splice(0, 4)) end();
    await settle();
    expect(got).toHaveLength(14);
    for (let rest = 0; rest < 3; rest++) {
      for (const end of ends.splice(0)) end();
      await settle();
    }
    expect(deliveries.rows).toEqual([]);
  });

  it('repeats a failed event after 1 s, then twice as long up to 1 h, and what follows waits', async () => {
    const { clock, dispatcher, deliveries, got, settle } = dispatching((id) => {
      if (id === 'event-1') throw new Error('not now');
    });
    deliveries.add('a');
    deliveries.add('a');
    deliveries.add('b');
    dispatcher.onApplicationBootstrap();
    await settle();
    expect(got.toSorted()).toEqual(['event-1', 'event-3']);
    const pauses = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600];
    for (const [index, seconds] of pauses.entries()) {
      clock.time += seconds * 1000 - 1;
      await settle();
      expect(got).toHaveLength(2 + index);
      clock.time += 1;
      await settle();
      expect(got).toHaveLength(3 + index);
    }
    expect(got).not.toContain('event-2');
    expect(lines[0]).toContain('failed at user.changed (event-1, attempt 1)');
    expect(lines[0]).toContain('called again in 1 s: not now');
  });

  it('gives an event up that fails 7 days after it happened, and goes on with the next one', async () => {
    const { clock, dispatcher, deliveries, got, settle } = dispatching((id) => {
      if (id === 'event-1') throw new Error('never');
    });
    deliveries.add('a', clock.now() - KEPT_MS);
    deliveries.add('a');
    dispatcher.onApplicationBootstrap();
    await settle();
    expect(got).toEqual(['event-1', 'event-2']);
    expect(deliveries.rows).toEqual([]);
    expect(lines).toEqual([expect.stringContaining('is given up: never')]);
  });

  it('begins with nothing that follows an event of another process, and gives it back', async () => {
    const { dispatcher, deliveries, got, settle } = dispatching(silent);
    for (const subject of ['a', 'a', 'b']) deliveries.add(subject);
    deliveries.foreign.add(1);
    dispatcher.onApplicationBootstrap();
    await settle();
    expect(got).toEqual(['event-3']);
    expect(deliveries.rows.find(({ id }) => id === 2)?.claimedBy).toBeNull();
    deliveries.foreign.clear();
    await settle();
    expect(got).toEqual(['event-3', 'event-1', 'event-2']);
  });

  it('leaves a subject to the process that has taken it over', async () => {
    const { dispatcher, deliveries, got, settle } = dispatching((id) => {
      // As if this process had stood still for longer than its claim.
      deliveries.foreign.add(Number(id.slice('event-'.length)));
    });
    for (const subject of ['a', 'a', 'b']) deliveries.add(subject);
    dispatcher.onApplicationBootstrap();
    await settle();
    expect(got.toSorted()).toEqual(['event-1', 'event-3']);
    expect(deliveries.rows).toHaveLength(3);
  });

  it('ends with the listeners that run, and gives the other events back', async () => {
    let finish: () => void = silent;
    const { dispatcher, deliveries, got, settle } = dispatching(
      () => new Promise<void>((resolve) => (finish = resolve)),
    );
    deliveries.add('a');
    deliveries.add('a');
    dispatcher.onApplicationBootstrap();
    await settle();
    let hasEnded = false;
    const end = dispatcher.onModuleDestroy().then(() => (hasEnded = true));
    await settle();
    expect(hasEnded).toBe(false);
    finish();
    await end;
    expect(got).toEqual(['event-1']);
    expect(deliveries.rows).toMatchObject([{ id: 2, claimedBy: null, availableAt: 0 }]);
  });
});
