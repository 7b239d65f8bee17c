import {
  AccountsModule,
  addGatehouseSecurity,
  ApiKeysModule,
  AuthModule,
  describeGatehouse,
  GatehouseModule,
  UsersModule,
} from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { database, SECRET, send, start } from '../host-app.js';
import { ACCOUNT, basic, Orders, SCOPES } from './set-up.js';

describe('GatehouseModule.forRoot', () => {
  it('adds a prefix to its routes, with RFC 6749 errors at the token endpoint', async () => {
    const { url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET, routePrefix: '/auth' })],
    });
    assert.equal((await send('POST', `${url}/auth/api/v1/account`, {}, ACCOUNT)).status, 202);
    assert.equal((await send('GET', `${url}/oauth/me`)).status, 404);
    const refused = await send('POST', `${url}/auth/oauth/token`, basic('a@b.example', 'wrong'), {
      grant_type: 'password',
    });
    assert.deepEqual([refused.body.code, refused.body.error], [40102, 'invalid_grant']);
  });

  it('keeps its paths when the host uses API versioning', async () => {
    const { url } = await start(
      { imports: [database(), GatehouseModule.forRoot({ secret: SECRET })] },
      (app) => void app.enableVersioning(),
    );
    assert.equal((await send('GET', `${url}/oauth/me`)).status, 401);
  });

  it('names the next page by its route, whatever target a request has (S-111)', async () => {
    const { app, url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET, routePrefix: 'auth' })],
    });
    const { headers } = await gatehouseTesting(app).as({ role: 'admin' });
    const path = '/auth/api/v1/account/role?limit=1';
    const targets = [
      path,
      `http://evil.example${path}`,
      `http://ada:hunter2@evil.example${path}`,
      `${path}#x`,
    ];
    for (const target of targets) {
      const asked = request(url, { path: target, headers, agent: false }).end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      answer.resume();
      assert.equal(answer.statusCode, 200, target);
      assert.match(
        String(answer.headers['link']),
        /^<\/auth\/api\/v1\/account\/role\?limit=1&cursor=[\w-]+>; rel="next"$/,
      );
    }
  });

  it('does not mount routes that are switched off', async () => {
    const { url } = await start({
      imports: [
        database(),
        GatehouseModule.forRoot({ secret: SECRET, routes: { signUp: false, jwks: false } }),
      ],
    });
    assert.equal((await send('POST', `${url}/api/v1/account`, {}, ACCOUNT)).status, 404);
    assert.equal((await send('GET', `${url}/.well-known/jwks.json`)).status, 404);
    assert.equal((await send('GET', `${url}/api/v1/account`)).status, 401);
    assert.equal((await send('GET', `${url}/health`)).status, 404);
  });

  it('with routes: false mounts none, while its guards and services work', async () => {
    const { app, url } = await start({
      imports: [
        database(),
        GatehouseModule.forRoot({ secret: SECRET, routes: false, scopes: SCOPES }),
      ],
      controllers: [Orders],
    });
    assert.equal((await send('GET', `${url}/oauth/me`)).status, 404);
    const reader = await gatehouseTesting(app).as({ role: 'read_only' });
    const read = await send('GET', `${url}/orders`, reader.headers);
    assert.deepEqual([read.status, read.body.account], [200, reader.account.id]);
  });

  it('mounts only the routes of the chosen modules', async () => {
    const paths = {
      '/oauth/me': AuthModule,
      '/api/v1/account': AccountsModule,
      '/api/v1/account/user': UsersModule,
      '/api/v1/account/api_key': ApiKeysModule,
    };
    for (const chosen of [AuthModule, AccountsModule, UsersModule, ApiKeysModule]) {
      const { url } = await start({
        imports: [database(), GatehouseModule.forRoot({ secret: SECRET, modules: [chosen] })],
      });
      for (const [path, module] of Object.entries(paths)) {
        const { status } = await send('GET', url + path);
        assert.equal(status, module === chosen ? 401 : 404, `${chosen.name} ${path}`);
      }
    }
  });

  it('describes its mounted routes in OpenAPI, with their security', async () => {
    const { app } = await start({
      imports: [
        database(),
        GatehouseModule.forRoot({
          secret: SECRET,
          routePrefix: 'auth',
          routes: { apiKeys: false, leakedApiKeys: false },
        }),
      ],
    });
    const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
    const config = addGatehouseSecurity(new DocumentBuilder(), '/auth/oauth/token').build();
    const document = describeGatehouse(app, SwaggerModule.createDocument(app, config));
    const paths = Object.keys(document.paths);
    assert.ok(paths.includes('/auth/oauth/token') && paths.includes('/auth/api/v1/account/user'));
    assert.ok(!paths.some((path) => path.includes('api_key')));
    const { post } = document.paths['/auth/api/v1/account/user'] ?? {};
    assert.deepEqual(post?.security, [{ basic: [] }, { oauth2: ['users:write'] }, { bearer: [] }]);
    const { oauth2 } = document.components?.securitySchemes ?? {};
    assert.match(JSON.stringify(oauth2), /"tokenUrl":"\/auth\/oauth\/token"/);
    assert.match(JSON.stringify(oauth2), /"users:write":"POST \/auth\/api\/v1\/account\/user/);
  });
});
