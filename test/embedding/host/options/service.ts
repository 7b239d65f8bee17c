import {
  GatehouseEvents,
  GatehouseModule,
  GatehouseService,
  type GatehouseEvent,
} from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { database, eventually, SECRET, send, start } from '../host-app.js';
import { ACCOUNT } from './set-up.js';

describe('GatehouseService', () => {
  it('creates accounts, users, keys and sessions, and publishes events after the commit', async () => {
    const { app, url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET })],
    });
    const published: GatehouseEvent[] = [];
    const events = app.get(GatehouseEvents);
    const stops = (
      [
        'account.created',
        'user.created',
        'user.signed_in',
        'api_key.created',
        'api_key.revoked',
      ] as const
    ).map((name) => events.on(name, (event) => void published.push(event)));
    events.on('account.created', () => {
      throw new Error('a listener fails');
    });

    const gatehouse = app.get(GatehouseService);
    const person = { emailAddress: 'Ada@Example.com', firstName: 'Ada', surname: 'Lovelace' };
    const { account, owner } = await gatehouse.createAccount({
      name: 'Lantern Works',
      country: 'GBR',
      owner: { ...person, password: ACCOUNT.password },
    });
    assert.deepEqual([owner.role, owner.accountId], ['owner', account.id]);
    const user = await gatehouse.createUser(account.id, {
      ...person,
      emailAddress: 'bob@example.com',
      role: 'standard',
    });
    const session = await gatehouse.createSession(user.id, { scope: ['users:read'] });
    assert.deepEqual(session.scope, ['users:read']);
    const authorization = `Bearer ${session.accessToken}`;
    assert.equal((await send('GET', `${url}/api/v1/account/user`, { authorization })).status, 200);
    assert.equal((await send('GET', `${url}/api/v1/account`, { authorization })).status, 403);
    assert.equal((await gatehouse.authenticate(authorization, '')).id, user.id);

    const issued = await gatehouse.createApiKey(account.id, { name: 'Ship', role: 'read_only' });
    const key = { authorization: `Bearer ${issued.key}.${issued.secret}` };
    assert.equal((await send('GET', `${url}/oauth/me`, key)).status, 200);
    await gatehouse.revokeApiKey(account.id, issued.apiKey.id);
    assert.equal((await send('GET', `${url}/oauth/me`, key)).status, 401);

    await gatehouse.endSessions(user.id);
    assert.equal((await send('GET', `${url}/oauth/me`, { authorization })).status, 401);

    await eventually(() =>
      assert.deepEqual(
        published.map(({ name, accountId }) => [name, accountId === account.id]),
        [
          ['account.created', true],
          ['user.created', true],
          ['user.signed_in', true],
          ['api_key.created', true],
          ['api_key.revoked', true],
        ],
      ),
    );
    for (const stop of stops) stop();
  });

  it('applies the rules of the API', async () => {
    const { app } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET })],
    });
    const gatehouse = app.get(GatehouseService);
    const { account, owner } = await gatehouseTesting(app).account();
    const coded = (code: number) => (error: { entry: { code: number } }) =>
      error.entry.code === code;
    const person = {
      emailAddress: 'x@example.com',
      firstName: 'X',
      surname: 'Y',
      role: 'standard',
    };
    await assert.rejects(
      gatehouse.createUser(account.id, { ...person, role: 'owner' }),
      coded(40303),
    );
    await assert.rejects(
      gatehouse.createUser(account.id, { ...person, role: 'king' }),
      coded(40001),
    );
    await assert.rejects(
      gatehouse.createUser(account.id, { ...person, password: 'short' }),
      coded(40001),
    );
    await assert.rejects(gatehouse.createUser('nobody', person), coded(40410));
    await assert.rejects(
      gatehouse.createUser(account.id, { ...person, emailAddress: owner.emailAddress }),
      coded(40901),
    );
    await assert.rejects(
      gatehouse.createApiKey(account.id, { name: 'x', role: 'admin' }),
      coded(40001),
    );
    for (const allowedIps of [['::ffff:0:0/96'], ['loopback'], []]) {
      await assert.rejects(
        gatehouse.createApiKey(account.id, { name: 'x', role: 'read_only', allowedIps }),
        coded(40001),
      );
    }
    await assert.rejects(gatehouse.deleteUser(account.id, owner.id), coded(40303));
    await assert.rejects(gatehouse.createSession('nobody'), coded(40410));
    await assert.rejects(
      gatehouse.createSession(owner.id, { scope: ['orders:none' as never] }),
      coded(40004),
    );
    const bob = await gatehouse.createUser(account.id, person);
    await gatehouse.changeUser(account.id, bob.id, { isActive: false });
    await assert.rejects(gatehouse.createSession(bob.id), coded(40102));
  });
});
