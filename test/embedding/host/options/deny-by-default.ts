import { Controller, Get } from '@nestjs/common';
import { GatehouseModule, Public, RequireScopes } from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { database, refusal, SECRET, send, start } from '../host-app.js';
import { Orders, SCOPES } from './set-up.js';

describe('GatehouseModule.forRoot', () => {
  it('with denyByDefault stops the start at a route without an access rule (S-92)', async () => {
    const imports = [
      database(),
      GatehouseModule.forRoot({ secret: SECRET, scopes: SCOPES, denyByDefault: true }),
    ];
    assert.match(
      await refusal({ imports, controllers: [Orders] }),
      /Orders\.forgotten \(GET \/orders\/forgotten\) declares neither/,
    );
    const { url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET, scopes: SCOPES })],
      controllers: [Orders],
    });
    assert.deepEqual((await send('GET', `${url}/orders/open`)).body, { open: true });
    assert.equal((await send('GET', `${url}/orders/forgotten`)).status, 401);
  });

  it('with denyByDefault guards every route', async () => {
    @Controller('declared')
    class Declared {
      @Get()
      @RequireScopes('users:read')
      list(): string[] {
        return ['here'];
      }

      @Get('open')
      @Public()
      open(): object {
        return { open: true };
      }
    }
    const { app, url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET, denyByDefault: true })],
      controllers: [Declared],
    });
    const refused = await send('GET', `${url}/declared`);
    assert.deepEqual(
      [refused.status, refused.body],
      [401, { code: 40101, message: 'Authentication is required' }],
    );
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Basic realm/);
    assert.equal((await send('GET', `${url}/declared/open`)).status, 200);
    const testing = gatehouseTesting(app);
    const reader = await testing.as({ role: 'read_only' });
    assert.deepEqual((await send('GET', `${url}/declared`, reader.headers)).body, ['here']);
    const sender = await testing.as({ role: 'send_only' });
    const missing = await send('GET', `${url}/declared`, sender.headers);
    assert.deepEqual([missing.status, missing.body.code], [403, 40302]);
    assert.match(missing.headers.get('www-authenticate') ?? '', /scope="users:read"/);
  });
});
