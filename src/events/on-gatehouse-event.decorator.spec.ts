import { describe, expect, it } from '@jest/globals';
import { Injectable, Module, type Type } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { eventOf } from '../../test/support/unit.js';
import { Clock } from '../common/clock.js';
import { DurableListeners } from './durable-listeners.js';
import { EventBus } from './event-bus.js';
import type { GatehouseEvent, GatehouseEventName } from './gatehouse-event.js';
import { GatehouseEvents } from './gatehouse-events.js';
import { EventListeners, OnGatehouseEvent } from './on-gatehouse-event.decorator.js';

@Injectable()
class Billing {
  @OnGatehouseEvent('user.created', 'user.deleted', { durable: true })
  count(_event: GatehouseEvent<'user.created' | 'user.deleted'>): void {}

  @OnGatehouseEvent('account.created', { durable: 'billing' })
  open(_event: GatehouseEvent<'account.created'>): void {}

  @OnGatehouseEvent('account.deleted')
  forget(_event: GatehouseEvent<'account.deleted'>): void {}
}

@Injectable()
class Accounting {
  @OnGatehouseEvent('account.deleted', { durable: 'billing' })
  close(_event: GatehouseEvent<'account.deleted'>): void {}
}

async function listenersOf(...providers: Type[]): Promise<DurableListeners> {
  @Module({
    imports: [DiscoveryModule],
    providers: [Clock, DurableListeners, EventBus, EventListeners, GatehouseEvents, ...providers],
  })
  class Host {}
  const options = { logger: false, abortOnError: false } as const;
  const app = await NestFactory.createApplicationContext(Host, options);
  return app.get(DurableListeners);
}

describe('OnGatehouseEvent with durable', () => {
  it('names a listener after its class and method, or as it is told, for all of its events', async () => {
    const listeners = await listenersOf(Billing);
    expect(listeners.names).toEqual(['Billing.count', 'billing']);
    const namesFor = (name: GatehouseEventName) => listeners.namesFor(eventOf(name));
    expect(namesFor('user.created')).toEqual(['Billing.count']);
    expect(namesFor('user.deleted')).toEqual(['Billing.count']);
    expect(namesFor('account.created')).toEqual(['billing']);
  });

  it('stops the start where two listeners have one name', async () => {
    await expect(listenersOf(Billing, Accounting)).rejects.toThrow(
      'two durable listeners are called billing',
    );
  });
});
