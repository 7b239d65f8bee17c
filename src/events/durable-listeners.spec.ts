import { describe, expect, it } from '@jest/globals';
import { StartError } from '../common/errors/start.error.js';
import { eventOf, SetClock } from '../../test/support/unit.js';
import { DurableListeners } from './durable-listeners.js';
import { EventBus } from './event-bus.js';
import type { GatehouseEventName } from './gatehouse-event.js';
import { GatehouseEvents } from './gatehouse-events.js';

const nothing = () => undefined;
const make = () => {
  const listeners = new DurableListeners();
  return { listeners, events: new GatehouseEvents(new EventBus(new SetClock()), listeners) };
};

describe('DurableListeners', () => {
  it('refuses two listeners of one name', () => {
    const { events } = make();
    events.on('user.created', nothing, { durable: 'billing' });
    const another = () => events.on('user.deleted', () => undefined, { durable: 'billing' });
    expect(another).toThrow(StartError);
    expect(another).toThrow('two durable listeners are called billing');
  });

  it('takes one listener for several events', () => {
    const { listeners, events } = make();
    events.on('user.created', nothing, { durable: 'billing' });
    events.on('user.deleted', nothing, { durable: 'billing' });
    const namesFor = (name: GatehouseEventName) => listeners.namesFor(eventOf(name));
    expect(namesFor('user.deleted')).toEqual(['billing']);
    expect(namesFor('user.changed')).toEqual([]);
    expect(listeners.names).toEqual(['billing']);
  });

  it.each(['', 'two words', 'Klasse.müssen', 'x'.repeat(101)])(
    'refuses the name %j, which the table does not take',
    (durable) => {
      const { events } = make();
      expect(() => events.on('user.created', nothing, { durable })).toThrow(StartError);
    },
  );

  it('stores for a listener only what it accepts', () => {
    const { listeners } = make();
    const accepts = ({ id }: { readonly id: string }) => id === 'wanted';
    listeners.add('billing', 'user.created', 'billing', nothing, { accepts });
    const event = eventOf('user.created');
    expect(listeners.namesFor({ ...event, id: 'wanted' })).toEqual(['billing']);
    expect(listeners.namesFor({ ...event, id: 'other' })).toEqual([]);
  });

  it('forgets a listener that was removed', () => {
    const { listeners, events } = make();
    events.on('user.created', nothing, { durable: 'billing' })();
    expect(listeners.names).toEqual([]);
  });
});
