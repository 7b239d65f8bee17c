import { GatehouseModule } from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { database, eventually, SECRET, send, start } from '../host-app.js';
import { ACCOUNT, basic } from './set-up.js';

describe('GatehouseModule.forRoot', () => {
  it('requires HTTPS from other machines, and does not trust an unconfigured proxy (contract §1)', async () => {
    const { app, url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET })],
    });
    const ada = await gatehouseTesting(app).as();
    const forwarded = {
      ...ada.headers,
      'x-forwarded-for': '192.0.2.7',
      'x-forwarded-proto': 'https',
    };
    // The refusal points to the unconfigured proxy, and the session stays live (S-200).
    const unconfigured = await send('GET', `${url}/oauth/me`, forwarded);
    assert.deepEqual([unconfigured.status, unconfigured.body.code], [403, 40301]);
    assert.match(unconfigured.body.errors[0].message, /transport\.trustProxy/);
    assert.equal((await send('GET', `${url}/oauth/me`, ada.headers)).status, 200);
    const plain = { ...forwarded, 'x-forwarded-proto': 'http' };
    const refused = await send('GET', `${url}/oauth/me`, plain);
    assert.deepEqual(refused.body, { code: 40301, message: 'HTTPS is required' });
    // A credential without TLS was exposed, and is revoked (S-200).
    await eventually(async () =>
      assert.equal((await send('GET', `${url}/oauth/me`, ada.headers)).status, 401),
    );
  });

  it('ends no session for an empty id, though the router ignores a trailing slash (contract §7)', async () => {
    const { app, url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET })],
    });
    const { headers } = await gatehouseTesting(app).as();
    for (const path of ['/', '/?all=true']) {
      const refused = await send('DELETE', `${url}/api/v1/account/session${path}`, headers);
      assert.equal(refused.status, 404);
    }
    assert.equal((await send('GET', `${url}/oauth/me`, headers)).status, 200);
    const ended = await send('DELETE', `${url}/api/v1/account/session?all=true`, headers);
    assert.equal(ended.status, 204);
    assert.equal((await send('GET', `${url}/oauth/me`, headers)).status, 401);
  });

  it('takes the credentials of a token request as they were sent, whatever pipes the host has (S-208)', async () => {
    const seen: unknown[] = [];
    let isActive = false;
    const { url } = await start(
      { imports: [database(), GatehouseModule.forRoot({ secret: SECRET })] },
      (app) => {
        app.useGlobalPipes({
          transform: (value: unknown) => {
            if (!isActive) return value;
            seen.push(value);
            return typeof value === 'object' ? { ...value, authorization: 'Basic eDp5' } : value;
          },
        });
      },
    );
    assert.equal((await send('POST', `${url}/api/v1/account`, {}, ACCOUNT)).status, 202);
    isActive = true;
    const pair = basic(ACCOUNT.email_address, ACCOUNT.password);
    const { status } = await send('POST', `${url}/oauth/token?grant_type=password`, pair, {});
    assert.equal(status, 200);
    assert.ok(!JSON.stringify(seen).includes(pair.authorization));
  });

  it('ignores unknown parameters at the token endpoint, and refuses credentials in its query (S-43, S-98)', async () => {
    const { url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET })],
    });
    assert.equal((await send('POST', `${url}/api/v1/account`, {}, ACCOUNT)).status, 202);
    const pair = basic(ACCOUNT.email_address, ACCOUNT.password);
    const ask = (query: string, body: object = {}) =>
      send('POST', `${url}/oauth/token?grant_type=password&${query}`, pair, body);
    assert.equal((await ask('resource=a&resource=b&x[]=1', { audience: ['y'] })).status, 200);
    for (const name of ['password', 'Client_Secret', 'refresh_token', 'client_assertion']) {
      const { status, body } = await ask(`${name}=x`);
      assert.deepEqual([status, body.code], [400, 40001]);
    }
  });

  it('trusts a configured proxy', async () => {
    const { app, url } = await start({
      imports: [
        database(),
        GatehouseModule.forRoot({ secret: SECRET, transport: { trustProxy: ['127.0.0.0/8'] } }),
      ],
    });
    const ada = await gatehouseTesting(app).as();
    const forwarded = {
      ...ada.headers,
      'x-forwarded-for': '192.0.2.7',
      'x-forwarded-proto': 'https',
    };
    assert.equal((await send('GET', `${url}/oauth/me`, forwarded)).status, 200);
    const key = await gatehouseTesting(app).asApiKey({ allowedIps: ['192.0.2.0/24'] });
    const from = (address: string) =>
      send('GET', `${url}/oauth/me`, {
        ...key.headers,
        'x-forwarded-for': address,
        'x-forwarded-proto': 'https',
      });
    assert.deepEqual(
      [(await from('192.0.2.9')).status, (await from('198.51.100.1')).status],
      [200, 401],
    );
  });
});
