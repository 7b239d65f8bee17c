import { expect, it } from '@jest/globals';
import { SYSTEM } from '../events/gatehouse-event.js';
import type { GatehouseEvent } from '../events/gatehouse-event.js';
import { subjectOf } from './subject.js';

const facts = { id: 'event', at: 0, accountId: 'account', ...SYSTEM };
const user = { ...facts, userId: 'user' };
const key = { ...facts, apiKeyId: 'key' };
const session = { ...facts, sessionId: 'session' };

it.each<[GatehouseEvent, string]>([
  [{ name: 'account.created', ...user }, 'account'],
  [{ name: 'account.deleted', ...facts }, 'account'],
  [{ name: 'owner.changed', ...user }, 'account'],
  [{ name: 'user.deleted', ...user }, 'user'],
  [{ name: 'user.signed_in', ...user, ...session, isNewNetwork: false }, 'user'],
  [{ name: 'password.changed', ...user }, 'user'],
  [{ name: 'role.changed', ...facts, roleId: 'role' }, 'role'],
  [{ name: 'api_key.revoked', ...key }, 'key'],
  [{ name: 'api_key.signed_in', ...key, ...session }, 'key'],
  [{ name: 'session.revoked', ...session, userId: 'user', apiKeyId: undefined }, 'user'],
  [{ name: 'session.exposed', ...session, userId: undefined, apiKeyId: 'key' }, 'key'],
])('the subject of $name is the %s', (event, subject) => {
  expect(subjectOf(event)).toBe(subject);
});
