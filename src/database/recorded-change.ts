import type { EntityManager } from 'typeorm';
import type { ChangedRows } from '../common/cache-invalidation.js';
import type { EventBus } from '../events/event-bus.js';
import type { DomainEvent, NewEvent } from '../events/gatehouse-event.js';

export type Work<T> = (manager: EntityManager) => Promise<T>;

/** Reads what became of a transaction whose COMMIT got lost, which had the given result. */
export type FindOutcome<T> = (manager: EntityManager, lost: T) => Promise<T | undefined>;

/** The events of a transaction, by its result. */
export type EventsOf<T> = (result: T) => readonly NewEvent[];

/** The parameters of `Database.transaction`. */
export interface Change<T> {
  readonly work: Work<T>;
  readonly findOutcome: FindOutcome<T>;
  readonly changed: ChangedRows;
  readonly eventsOf: EventsOf<T> | undefined;
}

/** A result with the events that were stored with it. */
export interface Recorded<T> {
  readonly result: T;
  readonly events: readonly DomainEvent[];
}

/** The work of a change, which stores its events last (S-152). */
export function recording<T>({ work, eventsOf }: Change<T>, bus: EventBus): Work<Recorded<T>> {
  return async (manager) => {
    const result = await work(manager);
    return { result, events: await bus.record(eventsOf?.(result) ?? [], manager) };
  };
}

/**
 * The events to publish after a lost COMMIT.
 *
 * @param found the outcome that was looked up: one without events says that another change came first
 * @param events those that were stored before the COMMIT
 */
export function eventsAfterLookUp<T>(
  { eventsOf }: Change<T>,
  found: T | undefined,
  events: readonly DomainEvent[],
): readonly DomainEvent[] {
  const hasHappened = found !== undefined && eventsOf !== undefined && eventsOf(found).length > 0;
  return hasHappened ? events : [];
}
