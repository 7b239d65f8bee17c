import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { eventOf, type GatehouseEvent } from './gatehouse-event.js';
import { GatehouseEvents } from './gatehouse-events.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['log', 'warn', 'error']));

const CREATED: GatehouseEvent<'account.created'> = {
  name: 'account.created',
  at: 1,
  accountId: 'account-1',
  userId: 'user-1',
  actorId: undefined,
};

describe('GatehouseEvents', () => {
  it('tells who listens to that event, after the caller has gone on', async () => {
    const events = new GatehouseEvents();
    const told: string[] = [];
    events.on('account.created', ({ userId }) => void told.push(userId));
    events.on('account.deleted', () => void told.push('deleted'));
    events.tell(CREATED);
    expect(told).toEqual([]);
    await turn();
    expect(told).toEqual(['user-1']);
  });

  it('goes on after a listener that throws, and one that rejects', async () => {
    const events = new GatehouseEvents();
    let told = 0;
    events.on('account.created', () => {
      throw new Error('broken');
    });
    events.on('account.created', () => Promise.reject(new Error('broken')));
    events.on('account.created', () => void told++);
    events.tell(CREATED);
    await turn();
    expect(told).toBe(1);
  });

  it('tells nobody who has stopped listening', async () => {
    const events = new GatehouseEvents();
    let told = 0;
    const stop = events.on('account.created', () => void told++);
    stop();
    events.tell(CREATED);
    await turn();
    expect(told).toBe(0);
  });
});

describe('eventOf', () => {
  const ids = { accountId: 'account-1', sessionId: 'session-1' };

  it('gives a sign-in the name of who signed in', () => {
    const user = eventOf({ event: 'sign_in.succeeded', ...ids, userId: 'user-1' }, 5);
    expect(user).toMatchObject({ name: 'user.signed_in', userId: 'user-1', at: 5 });
    const key = eventOf({ event: 'sign_in.succeeded', ...ids, apiKeyId: 'key-1' }, 5);
    expect(key).toMatchObject({ name: 'api_key.signed_in', apiKeyId: 'key-1' });
  });

  it('calls whom it is about by what they are', () => {
    const made = eventOf({ event: 'user.created', ...ids, targetId: 'user-2', actorId: 'a' }, 5);
    expect(made).toMatchObject({ userId: 'user-2', actorId: 'a' });
    const role = eventOf({ event: 'role.changed', ...ids, targetId: 'role-1' }, 5);
    expect(role).toMatchObject({ roleId: 'role-1' });
    expect(role).not.toHaveProperty('userId');
  });

  it('keeps for the audit what failed, and what has no account', () => {
    expect(eventOf({ event: 'sign_in.failed', accountId: 'account-1' }, 5)).toBeUndefined();
    expect(eventOf({ event: 'user.refused', accountId: 'account-1' }, 5)).toBeUndefined();
    expect(eventOf({ event: 'account.created' }, 5)).toBeUndefined();
  });
});
