import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Clock } from '../common/clock.js';
import type { DomainEvent, NewEvent } from './gatehouse-event.js';

type Subscriber = (event: DomainEvent) => void;

/** Delivers each event to its subscribers: the audit log and the listeners of the host. */
@Injectable()
export class EventBus {
  private readonly subscribers: Subscriber[] = [];

  constructor(private readonly clock: Clock) {}

  subscribe(subscriber: Subscriber): void {
    this.subscribers.push(subscriber);
  }

  /**
   * Publishes events that depend on no transaction, such as a refusal. `Database` publishes the events of a write after
   * its commit.
   */
  publish(...events: readonly NewEvent[]): void {
    for (const event of events) {
      const published = { ...event, id: randomUUID(), at: this.clock.now() };
      for (const subscriber of this.subscribers) subscriber(published);
    }
  }
}
