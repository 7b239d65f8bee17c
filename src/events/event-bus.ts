import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import type { DomainEvent, NewEvent, RoutineEventName } from './gatehouse-event.js';

type Subscriber = (event: DomainEvent) => void;

/** Stores events in the given transaction. */
type Recorder = (events: readonly DomainEvent[], manager: EntityManager) => Promise<void>;

/** Stores events that no transaction decides, such as refusals. */
type RefusalStore = (
  events: readonly DomainEvent[],
  within: EntityManager | undefined,
) => Promise<void>;

/**
 * Passes events on: to recorders, which store them before they are certain to have happened, and then to subscribers, the
 * audit log and the listeners of the host.
 */
@Injectable()
export class EventBus {
  private readonly subscribers: Subscriber[] = [];
  private readonly recorders: Recorder[] = [];
  private readonly refusalRecorders: Recorder[] = [];
  private storeRefusals: RefusalStore = () => Promise.resolve();

  constructor(private readonly clock: Clock) {}

  subscribe(subscriber: Subscriber): void {
    this.subscribers.push(subscriber);
  }

  /** Adds a recorder, whose failure fails the change itself (S-152). */
  recordWith(recorder: Recorder): void {
    this.recorders.push(recorder);
  }

  /** As {@link recordWith}, for events that no transaction decides: in the transaction that stores them. */
  recordRefusalsWith(recorder: Recorder): void {
    this.refusalRecorders.push(recorder);
  }

  /** Sets what stores events that no transaction decides; it calls {@link recordRefusals} in its transaction. */
  storeRefusalsWith(store: RefusalStore): void {
    this.storeRefusals = store;
  }

  async recordRefusals(events: readonly DomainEvent[], manager: EntityManager): Promise<void> {
    for (const recorder of this.refusalRecorders) await recorder(events, manager);
  }

  /**
   * Gives events their ids and stores them in the transaction of their change. `Database` calls it, and
   * {@link publish} after the commit.
   */
  async record(
    events: readonly NewEvent[],
    manager: EntityManager,
  ): Promise<readonly DomainEvent[]> {
    const recorded = this.stamped(events);
    if (recorded.length > 0) {
      for (const recorder of this.recorders) await recorder(recorded, manager);
    }
    return recorded;
  }

  /** Tells the subscribers of events that have happened. */
  publish(events: readonly DomainEvent[]): void {
    for (const event of events) {
      for (const subscriber of this.subscribers) subscriber(event);
    }
  }

  /** Publishes routine events, which are not stored. */
  publishRoutine(events: readonly NewEvent<RoutineEventName>[]): void {
    this.publish(this.stamped(events));
  }

  /**
   * Stores events that no transaction decides, such as refusals, and publishes them.
   *
   * @throws CodedException 50301 when they cannot be stored: the caller then refuses with that (S-144)
   */
  report(...events: readonly NewEvent[]): Promise<void> {
    return this.reportWithin(undefined, ...events);
  }

  /**
   * As {@link report}.
   *
   * @param within the manager of a host's transaction that the caller is part of: the events are stored after its end
   */
  async reportWithin(
    within: EntityManager | undefined,
    ...events: readonly NewEvent[]
  ): Promise<void> {
    const reported = this.stamped(events);
    await this.storeRefusals(reported, within);
    this.publish(reported);
  }

  private stamped(events: readonly NewEvent[]): readonly DomainEvent[] {
    return events.map((event) => ({ ...event, id: randomUUID(), at: this.clock.now() }));
  }
}
