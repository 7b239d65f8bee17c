import { Injectable, Module } from '@nestjs/common';
import { GatehouseModule, GatehouseService } from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { database, refusal, SECRET, send, start } from '../host-app.js';
import { ACCOUNT, basic, Orders, SCOPES } from './set-up.js';

describe('two Gatehouses', () => {
  it('in two applications of one process share nothing (S-190)', async () => {
    const parts = () => ({ imports: [database(), GatehouseModule.forRoot({ secret: SECRET })] });
    const [one, other] = [await start(parts()), await start(parts())];
    const ada = await gatehouseTesting(one.app).as();
    assert.equal((await send('GET', `${one.url}/oauth/me`, ada.headers)).status, 200);
    // Both have the same secret, but each knows only its own sessions.
    assert.equal((await send('GET', `${other.url}/oauth/me`, ada.headers)).status, 401);
    await other.app.close();
    assert.equal((await send('GET', `${one.url}/oauth/me`, ada.headers)).status, 200);
  });

  it('that are both global stop the start', async () => {
    const gatehouse = () => GatehouseModule.forRoot({ secret: SECRET });
    const text = await refusal({ imports: [database(), gatehouse(), gatehouse()] });
    assert.match(text, /forRoot was called twice/);
  });

  it('in one application have their own tables, paths and guards, beside a global prefix (S-190, S-208)', async () => {
    const staff = GatehouseModule.forRoot({
      secret: SECRET,
      dataSource: 'staff',
      routePrefix: 'staff',
      isGlobal: false,
    });
    const shoppers = GatehouseModule.forRoot({
      secret: SECRET,
      dataSource: 'shoppers',
      routePrefix: 'shop',
      isGlobal: false,
      scopes: SCOPES,
    });

    @Module({ imports: [shoppers], controllers: [Orders] })
    class OrdersModule {}

    @Injectable()
    class StaffOffice {
      constructor(readonly gatehouse: GatehouseService) {}
    }
    @Module({ imports: [staff], providers: [StaffOffice] })
    class StaffModule {}

    const { app, url } = await start(
      {
        imports: [
          database({ name: 'staff' }),
          database({ name: 'shoppers', tablePrefix: 'shop_' }),
          StaffModule,
          OrdersModule,
        ],
      },
      (application) => void application.setGlobalPrefix('api'),
    );
    const { gatehouse } = app.get(StaffOffice, { strict: false });
    const { owner } = await gatehouse.createAccount({
      name: 'Staff',
      country: 'NLD',
      owner: { emailAddress: 'boss@example.com', firstName: 'B', surname: 'Oss' },
    });
    const { accessToken } = await gatehouse.createSession(owner.id);
    const authorization = `Bearer ${accessToken}`;
    assert.equal((await send('GET', `${url}/staff/oauth/me`, { authorization })).status, 200);
    assert.equal((await send('GET', `${url}/shop/oauth/me`, { authorization })).status, 401);
    assert.equal((await send('GET', `${url}/api/orders`, { authorization })).status, 401);

    assert.equal((await send('POST', `${url}/shop/api/v1/account`, {}, ACCOUNT)).status, 202);
    const tokens = await send(
      'POST',
      `${url}/shop/oauth/token?grant_type=password`,
      basic(ACCOUNT.email_address, ACCOUNT.password),
    );
    const shopper = { authorization: `Bearer ${tokens.body.access_token}` };
    assert.equal((await send('GET', `${url}/api/orders`, shopper)).status, 200);
    assert.equal((await send('GET', `${url}/staff/oauth/me`, shopper)).status, 401);
  });
});
