import { Body, Controller, Get, Post } from '@nestjs/common';
import { GatehouseModule } from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { database, SECRET, send, start } from '../host-app.js';
import { ACCOUNT, Orders, SCOPES } from './set-up.js';

/** Routes of a host without guard, pipe or filter. */
@Controller('plain')
class Plain {
  @Get()
  get(): object {
    return { plain: true };
  }

  @Post()
  echo(@Body() body: object): object {
    return { body };
  }

  @Get('broken')
  broken(): never {
    throw new Error('broken');
  }
}

describe('GatehouseModule.forRoot', () => {
  it('guards and validates its own routes and formats their errors, in a host without global ones (S-190)', async () => {
    const { url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET })],
    });
    const anonymous = await send('GET', `${url}/api/v1/account/user`);
    assert.deepEqual([anonymous.status, anonymous.body.code], [401, 40101]);
    assert.match(anonymous.headers.get('www-authenticate') ?? '', /Bearer realm/);
    const invalid = await send('POST', `${url}/api/v1/account`, {}, { ...ACCOUNT, stranger: 1 });
    assert.deepEqual([invalid.status, invalid.body.code], [400, 40001]);
    assert.equal(invalid.body.errors[0].field, 'stranger');
    const grant = await send('POST', `${url}/oauth/token`, {}, { grant_type: 'magic' });
    assert.deepEqual([grant.body.code, grant.body.error], [40003, 'unsupported_grant_type']);
  });

  it("adds nothing to the host's own routes or to the process (S-190)", async () => {
    const events = ['uncaughtException', 'unhandledRejection', 'SIGTERM', 'SIGINT', 'warning'];
    const count = () => events.map((event) => process.listenerCount(event));
    const before = count();
    const { url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET })],
      controllers: [Plain],
    });
    assert.deepEqual(count(), before);
    assert.deepEqual((await send('GET', `${url}/plain`)).body, { plain: true });
    const posted = await send('POST', `${url}/plain`, {}, { any: 'thing' });
    assert.deepEqual(posted.body, { body: { any: 'thing' } });
    const broken = await send('GET', `${url}/plain/broken`);
    assert.deepEqual(broken.body, { statusCode: 500, message: 'Internal server error' });
    const missing = await send('GET', `${url}/nowhere`);
    assert.deepEqual([missing.status, missing.body.statusCode], [404, 404]);
  });

  it("changes neither passport's registry nor the host's request (S-190, S-191)", async () => {
    const name = 'passport';
    const { default: passport } = (await import(name)) as { default: { _strategies: object } };
    const names = () => Object.keys(passport._strategies);
    const before = names();
    let seen: object | undefined;
    const { app, url } = await start(
      { imports: [database(), GatehouseModule.forRoot({ secret: SECRET })] },
      (host) => {
        host.use((request: object, _: object, next: () => void) => {
          seen = request;
          next();
        });
      },
    );
    const ada = await gatehouseTesting(app).as();
    assert.equal((await send('GET', `${url}/oauth/me`, ada.headers)).status, 200);
    assert.deepEqual(names(), before);
    assert.ok(seen && !('user' in seen) && !('logIn' in seen) && !('authInfo' in seen));
  });

  it('does not trust a principal that middleware of the host sets (S-191)', async () => {
    const { app, url } = await start(
      {
        imports: [database(), GatehouseModule.forRoot({ secret: SECRET, scopes: SCOPES })],
        controllers: [Orders],
      },
      (host) => {
        const forged = {
          id: '1',
          type: 'user',
          accountId: '1',
          role: 'owner',
          scopes: new Set(['orders:read']),
        };
        host.use((request: object, _: object, next: () => void) => {
          Object.assign(request, { user: forged, principal: forged });
          next();
        });
      },
    );
    const forgery = { 'x-user': 'owner', 'x-user-id': '1', 'x-scope': 'orders:read' };
    assert.equal((await send('GET', `${url}/orders`, forgery)).status, 401);
    const sender = await gatehouseTesting(app).as({ role: 'send_only' });
    assert.equal((await send('GET', `${url}/orders`, sender.headers)).status, 403);
  });
});
