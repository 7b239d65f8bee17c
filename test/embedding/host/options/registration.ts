import { Module } from '@nestjs/common';
import { GatehouseModule } from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { database, SECRET, send, start } from '../host-app.js';
import { ACCOUNT, basic } from './set-up.js';

describe('GatehouseModule.forRoot', () => {
  it('needs only a DataSource and a secret', async () => {
    const { url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET })],
    });
    assert.equal((await send('POST', `${url}/api/v1/account`, {}, ACCOUNT)).status, 202);
    const tokens = await send(
      'POST',
      `${url}/oauth/token?grant_type=password`,
      basic(ACCOUNT.email_address, ACCOUNT.password),
    );
    assert.equal(tokens.status, 200);
    const authorization = `Bearer ${tokens.body.access_token}`;
    const me = await send('GET', `${url}/oauth/me`, { authorization });
    assert.deepEqual([me.status, me.body.email_address], [200, ACCOUNT.email_address]);
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token };
    assert.equal((await send('POST', `${url}/oauth/token`, {}, refresh)).status, 200);
  });

  it('uses a named DataSource beside the default one', async () => {
    const { app } = await start({
      imports: [
        database(),
        database({ name: 'auth' }),
        GatehouseModule.forRoot({ secret: SECRET, dataSource: 'auth' }),
      ],
    });
    const { account } = await gatehouseTesting(app).account();
    const { getDataSourceToken } = await import('@nestjs/typeorm');
    const count = (name?: string) =>
      app.get(getDataSourceToken(name)).query('SELECT COUNT(*) AS n FROM accounts');
    assert.deepEqual([await count('auth'), await count()], [[{ n: 1 }], [{ n: 0 }]]);
    assert.ok(account.id);
  });

  it('takes its options from a factory', async () => {
    @Module({
      providers: [{ provide: 'CONFIG', useValue: { secret: SECRET } }],
      exports: ['CONFIG'],
    })
    class Config {}
    const { app, url } = await start({
      imports: [
        database(),
        GatehouseModule.forRootAsync({
          imports: [Config],
          inject: ['CONFIG'],
          useFactory: async (config: { secret: string }) => config,
          routes: { signUp: false },
        }),
      ],
    });
    const ada = await gatehouseTesting(app).as();
    assert.equal((await send('GET', `${url}/oauth/me`, ada.headers)).status, 200);
    assert.equal((await send('POST', `${url}/api/v1/account`, {}, ACCOUNT)).status, 404);
  });
});
