import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { SetClock } from '../../test/support/unit.js';
import { DurableListeners } from './durable-listeners.js';
import { EventBus } from './event-bus.js';
import {
  ANONYMOUS,
  type GatehouseEvent,
  type GatehouseEventName,
  type NewEvent,
} from './gatehouse-event.js';
import { GatehouseEvents } from './gatehouse-events.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['log', 'warn', 'error']));

const CREATED: NewEvent = {
  name: 'account.created',
  accountId: 'account-1',
  ...ANONYMOUS,
  userId: 'user-1',
};

function listening() {
  const bus = new EventBus(new SetClock(5));
  return { bus, events: new GatehouseEvents(bus, new DurableListeners()) };
}

describe('GatehouseEvents', () => {
  it('calls the listeners of an event after the caller has continued', async () => {
    const { bus, events } = listening();
    const received: string[] = [];
    events.on('account.created', ({ userId }) => void received.push(userId));
    events.on('account.deleted', () => void received.push('deleted'));
    await bus.report(CREATED);
    expect(received).toEqual([]);
    await turn();
    expect(received).toEqual(['user-1']);
  });

  it('calls the other listeners after one that throws and one that rejects', async () => {
    const { bus, events } = listening();
    let received = 0;
    events.on('account.created', () => {
      throw new Error('broken');
    });
    events.on('account.created', () => Promise.reject(new Error('broken')));
    events.on('account.created', () => void received++);
    await bus.report(CREATED);
    await turn();
    expect(received).toBe(1);
  });

  it('gives every listener the same id, and each event another one', async () => {
    const { bus, events } = listening();
    const ids: string[] = [];
    events.on('account.created', ({ id }) => void ids.push(id));
    events.on('account.created', ({ id }) => void ids.push(id));
    await bus.report(CREATED, CREATED);
    await turn();
    expect(ids).toHaveLength(4);
    expect([ids[0], ids[2]]).toEqual([ids[1], ids[3]]);
    expect(new Set(ids).size).toBe(2);
  });

  it('calls a listener only once that was added twice', async () => {
    const { bus, events } = listening();
    let received = 0;
    const listener = () => void received++;
    events.on('account.created', listener);
    events.on('account.created', listener);
    await bus.report(CREATED);
    await turn();
    expect(received).toBe(1);
  });

  it('does not call a listener that was removed', async () => {
    const { bus, events } = listening();
    let received = 0;
    const stop = events.on('account.created', () => void received++);
    stop();
    await bus.report(CREATED);
    await turn();
    expect(received).toBe(0);
  });
});

describe('an event for the host', () => {
  const actor = { actorId: 'user-1', actorType: 'user' } as const;
  const ids = { accountId: 'account-1', ...actor, sessionId: 'session-1' };

  async function received(event: NewEvent): Promise<GatehouseEvent | undefined> {
    const { bus, events } = listening();
    let heard: GatehouseEvent | undefined;
    events.on(event.name as GatehouseEventName, (each) => void (heard = each));
    await bus.report(event);
    await turn();
    return heard;
  }

  it('has a name, a time, ids, and nothing else', async () => {
    const signedIn: NewEvent = {
      name: 'user.signed_in',
      ...ids,
      userId: 'user-1',
      isNewNetwork: false,
    };
    const origin = { clientAddress: '192.0.2.1', requestId: 'request-1' };
    const event = await received({ ...signedIn, ...origin, reason: 'asked for' });
    const id: unknown = expect.stringMatching(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(event).toStrictEqual({ ...signedIn, id, at: 5 });
    const role = await received({ name: 'role.changed', ...ids, roleId: 'role-1' });
    expect(role).toMatchObject({ roleId: 'role-1', ...actor });
    expect(role).not.toHaveProperty('userId');
  });

  it.each<NewEvent>([
    { name: 'sign_in.failed', ...ANONYMOUS },
    { name: 'access.denied', ...ids, targetId: 'user-2' },
    { name: 'access_token.refused', ...ANONYMOUS },
    { name: 'refresh_token.refused', ...ANONYMOUS, sessionId: 'session-1' },
    { name: 'api_key.refused', ...ANONYMOUS, apiKeyId: 'key-1' },
    { name: 'user.refused', ...ids },
    { name: 'password.refused', ...ids, userId: 'user-1' },
    { name: 'session.refreshed', ...ids, userId: 'user-1', apiKeyId: undefined },
    { name: 'session.refresh_replayed', ...ids, userId: 'user-1', apiKeyId: undefined },
    { name: 'api_key.kept', ...ids, userId: 'user-1', apiKeyId: 'key-1' },
  ])('is never $name, which is for the audit log alone', async (event) => {
    expect(await received(event)).toBeUndefined();
  });
});
