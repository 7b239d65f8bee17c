import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DurableListeners } from '../events/durable-listeners.js';
import { EventBus } from '../events/event-bus.js';
import { hostEvent, type DomainEvent } from '../events/gatehouse-event.js';
import { EventDeliveriesRepository, type NewDelivery } from './event-deliveries.repository.js';
import { EventDispatcher } from './event-dispatcher.js';
import { subjectOf } from './subject.js';

/** Stores an event for each durable listener of this process, in the transaction of its change. */
@Injectable()
export class EventRecorder {
  constructor(
    bus: EventBus,
    private readonly listeners: DurableListeners,
    repository: EventDeliveriesRepository,
    dispatcher: EventDispatcher,
  ) {
    const record = async (events: readonly DomainEvent[], manager: EntityManager) => {
      const rows = this.deliveriesOf(events);
      if (rows.length > 0) await repository.insert(rows, manager);
    };
    bus.recordWith(record);
    // Of these, only the reuse of a session that has ended already is an event for hosts.
    bus.recordRefusalsWith(record);
    bus.subscribe((event) => {
      const forHost = hostEvent(event);
      if (forHost && this.listeners.namesFor(forHost).length > 0) dispatcher.wake();
    });
  }

  private deliveriesOf(events: readonly DomainEvent[]): NewDelivery[] {
    return events.flatMap((each) => {
      const event = hostEvent(each);
      if (!event) return [];
      return this.listeners.namesFor(event).map((listener) => ({
        eventId: event.id,
        listener,
        name: event.name,
        subject: subjectOf(event),
        payload: JSON.stringify(event),
        createdAt: event.at,
        attempts: 0,
        availableAt: 0,
        claimedBy: null,
      }));
    });
  }
}
