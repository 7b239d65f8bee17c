import { Controller, Get, Injectable, Module, Post, Body, UseGuards } from '@nestjs/common';
import {
  AccountsModule,
  addGatehouseSecurity,
  ApiKeysModule,
  AuthModule,
  CurrentPrincipal,
  defineScopes,
  describeGatehouse,
  GatehouseEvents,
  GatehouseGuard,
  GatehouseModule,
  GatehouseService,
  PasswordHasher,
  Public,
  RequireScopes,
  UsersModule,
  type GatehouseEvent,
  type Mail,
  type Principal,
} from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { closeAll, database, eventually, refusal, SECRET, send, start } from './host-app.js';

afterEach(closeAll);

const SCOPES = defineScopes({ scopes: { 'orders:read': [] } });

@Controller('orders')
@UseGuards(GatehouseGuard)
class Orders {
  @Get()
  @RequireScopes('orders:read' as never)
  list(@CurrentPrincipal() principal: Principal): object {
    return { account: principal.accountId, claims: principal.claims };
  }

  @Get('open')
  @Public()
  open(): object {
    return { open: true };
  }

  /** Declares nothing. */
  @Get('forgotten')
  forgotten(): string {
    return 'here';
  }
}

/** As a host has them: without guard, pipe or filter. */
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

const ACCOUNT = {
  account_name: 'Lantern Works',
  full_name: 'Ada Lovelace',
  email_address: 'ada@example.com',
  password: 'three grey geese in a green field',
  country: 'GBR',
  terms: true,
};

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

describe('GatehouseModule.forRoot', () => {
  it('needs a DataSource and a secret, and nothing else', async () => {
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

  it('brings guard, validation and error form to its own routes, in a host that has none (S-190)', async () => {
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

  it("lays nothing on the host's own routes, nor on the process (S-190)", async () => {
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

  it("leaves passport's registry and the host's request alone (S-190, S-191)", async () => {
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

  it('believes no principal that middleware of the host sets (S-191)', async () => {
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
    const stranger = await gatehouseTesting(app).as({ role: 'send_only' });
    assert.equal((await send('GET', `${url}/orders`, stranger.headers)).status, 403);
  });

  it('puts a prefix before its routes, and its token endpoint still speaks RFC 6749', async () => {
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

  it('stays where it is when the host versions its routes', async () => {
    const { url } = await start(
      { imports: [database(), GatehouseModule.forRoot({ secret: SECRET })] },
      (app) => void app.enableVersioning(),
    );
    assert.equal((await send('GET', `${url}/oauth/me`)).status, 401);
  });

  it('mounts no routes that are switched off', async () => {
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

  it('mounts none at all, and its guards and services work', async () => {
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

  it('mounts the routes of the modules that were chosen', async () => {
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

  it('stops the start at a route that declares nothing, where it closes all (S-92)', async () => {
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

  it('closes every route that does not say whom it takes', async () => {
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

  it("puts the host's own claims into the token and hands them to its handlers", async () => {
    const { app, url } = await start({
      imports: [
        database(),
        GatehouseModule.forRoot({
          secret: SECRET,
          scopes: SCOPES,
          accessToken: { claims: ({ role, type }) => Promise.resolve({ plan: `${role} ${type}` }) },
        }),
      ],
      controllers: [Orders],
    });
    const reader = await gatehouseTesting(app).as({ role: 'read_only' });
    const { body } = await send('GET', `${url}/orders`, reader.headers);
    assert.deepEqual(body.claims, { plan: 'read_only user' });
  });

  it('refuses a grant whose claims would be ours', async () => {
    for (const name of ['sub', 'scope', 'exp', 'nbf', 'account_id']) {
      const { app } = await start({
        imports: [
          database(),
          GatehouseModule.forRoot({
            secret: SECRET,
            accessToken: { claims: () => ({ [name]: 'x' }) },
          }),
        ],
      });
      await assert.rejects(gatehouseTesting(app).as(), new RegExp(`must not give ${name}`));
    }
  });

  it("hashes with the host's own hasher", async () => {
    const seen: string[] = [];
    class Shouting extends PasswordHasher {
      hash(password: string): Promise<string> {
        seen.push('hash');
        return Promise.resolve(password.toUpperCase());
      }
      verify(password: string, stored: string | null) {
        seen.push('verify');
        const isCorrect = stored === password.toUpperCase();
        return Promise.resolve({ isCorrect, isOutdated: false });
      }
    }
    const { url } = await start({
      imports: [
        database(),
        GatehouseModule.forRoot({ secret: SECRET, password: { hasher: new Shouting() } }),
      ],
    });
    await send('POST', `${url}/api/v1/account`, {}, ACCOUNT);
    const tokens = await send(
      'POST',
      `${url}/oauth/token?grant_type=password`,
      basic(ACCOUNT.email_address, ACCOUNT.password),
    );
    assert.deepEqual([tokens.status, seen], [200, ['hash', 'verify']]);
  });

  it('lets users in with what another system stored of their passwords', async () => {
    class Former extends PasswordHasher {
      hash(password: string): Promise<string> {
        return Promise.resolve(`new:${password.length}`);
      }
      verify(password: string, stored: string | null) {
        const isCorrect = stored === `former:${password}`.replaceAll(' ', '_');
        return Promise.resolve({ isCorrect, isOutdated: isCorrect });
      }
    }
    const { app, url } = await start({
      imports: [
        database(),
        GatehouseModule.forRoot({ secret: SECRET, password: { hasher: new Former() } }),
      ],
    });
    const person = { emailAddress: 'ada@example.com', firstName: 'Ada', surname: 'L' };
    const passwordHash = `former:${ACCOUNT.password.replaceAll(' ', '_')}`;
    const gatehouse = app.get(GatehouseService);
    const account = { name: 'Works', country: 'GBR' };
    const coded = (error: { entry: { code: number } }) => error.entry.code === 40001;
    for (const broken of ['', 'with space', 'x'.repeat(201), 'ä']) {
      const owner = { ...person, passwordHash: broken };
      await assert.rejects(gatehouse.createAccount({ ...account, owner }), coded);
    }
    await gatehouse.createAccount({ ...account, owner: { ...person, passwordHash } });
    const signIn = () =>
      send(
        'POST',
        `${url}/oauth/token?grant_type=password`,
        basic(person.emailAddress, ACCOUNT.password),
      );
    assert.equal((await signIn()).status, 200);
  });

  it('describes no route that is switched off, and those of its own with their locks', async () => {
    const { app } = await start({
      imports: [
        database(),
        GatehouseModule.forRoot({
          secret: SECRET,
          routePrefix: 'auth',
          routes: { apiKeys: false },
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
    assert.deepEqual(post?.security, [{ bearer: [] }, { oauth2: ['users:write'] }, { basic: [] }]);
    const { oauth2 } = document.components?.securitySchemes ?? {};
    assert.match(JSON.stringify(oauth2), /"tokenUrl":"\/auth\/oauth\/token"/);
    assert.match(JSON.stringify(oauth2), /"users:write":"POST \/auth\/api\/v1\/account\/user/);
  });

  it('tells the holder of an address by mail that somebody tried to open an account with it', async () => {
    const mails: Mail[] = [];
    const mailer = {
      send: (mail: Mail) => {
        mails.push(mail);
        return Promise.reject(new Error('the mail server is away'));
      },
    };
    const { url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET, mailer })],
    });
    for (let times = 0; times < 2; times++) {
      assert.equal((await send('POST', `${url}/api/v1/account`, {}, ACCOUNT)).status, 202);
    }
    await eventually(() =>
      assert.deepEqual(
        mails.map(({ kind, to }) => [kind, to]),
        [['address_in_use', ACCOUNT.email_address]],
      ),
    );
  });

  it('takes secrets over HTTPS only from elsewhere, and believes no proxy it was not told of (contract §1)', async () => {
    const { app, url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET })],
    });
    const ada = await gatehouseTesting(app).as();
    const forwarded = {
      ...ada.headers,
      'x-forwarded-for': '192.0.2.7',
      'x-forwarded-proto': 'https',
    };
    // A proxy that was not named yet: the refusal says so, and nobody is signed out (S-200).
    const unnamed = await send('GET', `${url}/oauth/me`, forwarded);
    assert.deepEqual([unnamed.status, unnamed.body.code], [403, 40301]);
    assert.match(unnamed.body.errors[0].message, /transport\.trustProxy/);
    assert.equal((await send('GET', `${url}/oauth/me`, ada.headers)).status, 200);
    const plain = { ...forwarded, 'x-forwarded-proto': 'http' };
    const refused = await send('GET', `${url}/oauth/me`, plain);
    assert.deepEqual(refused.body, { code: 40301, message: 'HTTPS is required' });
    // It was seen on its way, and is revoked (S-200).
    await eventually(async () =>
      assert.equal((await send('GET', `${url}/oauth/me`, ada.headers)).status, 401),
    );
  });

  it('ends no session for an empty id, where the router takes a slash for nothing (contract §7)', async () => {
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

  it('ignores what nobody knows at the token endpoint, and takes no credential from its query (S-43, S-98)', async () => {
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

  it('believes a proxy that it was told of', async () => {
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

  it('works on a DataSource by its name, beside the one of the host', async () => {
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

  it('takes its settings from a factory', async () => {
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

describe('a host that set something wrong', () => {
  const cases: [string, object, RegExp][] = [
    ['no secret', {}, /option secret is missing/],
    ['a weak secret', { secret: 'short' }, /option secret must hold at least 256 random bits/],
    [
      'a lifetime',
      { secret: SECRET, accessToken: { lifetime: 0 } },
      /accessToken\.lifetime must be a whole number of seconds from 1 to 86400/,
    ],
    ['a cost', { secret: SECRET, password: { bcryptCost: 4 } }, /password\.bcryptCost must be/],
    [
      'sessions of a key',
      { secret: SECRET, apiKey: { maxSessions: 0 } },
      /apiKey\.maxSessions must be/,
    ],
    [
      'no private key',
      { secret: SECRET, accessToken: { algorithm: 'ES256' } },
      /accessToken\.privateKeys is missing/,
    ],
    [
      'a proxy',
      { secret: SECRET, transport: { trustProxy: ['0.0.0.0/0'] } },
      /transport\.trustProxy must be/,
    ],
    [
      'one secret twice',
      { secret: SECRET, session: { secret: SECRET } },
      /session\.secret must not hold a value/,
    ],
    ['an address', { secret: SECRET, publicUrl: 'ftp://x' }, /publicUrl must be/],
  ];
  for (const [what, options, message] of cases) {
    it(`is told at the start: ${what}`, async () => {
      const text = await refusal({
        imports: [database(), GatehouseModule.forRoot(options as never)],
      });
      assert.match(text, message);
      assert.ok(!text.includes(SECRET));
    });
  }

  it('is told which entities and tables are missing', async () => {
    const { TypeOrmModule } = await import('@nestjs/typeorm');
    const { gatehouseEntities } = await import('nest-gatehouse');
    const empty = TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:' });
    const gatehouse = () => GatehouseModule.forRoot({ secret: SECRET });
    assert.match(
      await refusal({ imports: [empty, gatehouse()] }),
      /add \.\.\.gatehouseEntities\(\)/,
    );
    const bare = TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: ':memory:',
      entities: gatehouseEntities(),
    });
    assert.match(
      await refusal({ imports: [bare, gatehouse()] }),
      /table accounts is missing: .*gatehouseMigrations/,
    );
  });

  it('is told that a look-up must neither match the first row nor come from a cache (S-53, S-134)', async () => {
    const { TypeOrmModule } = await import('@nestjs/typeorm');
    const { gatehouseEntities, gatehouseMigrations } = await import('nest-gatehouse');
    const nothing = () => Promise.resolve();
    const noCache = () => ({
      connect: nothing,
      disconnect: nothing,
      synchronize: nothing,
      getFromCache: nothing,
      storeInCache: nothing,
      isExpired: () => true,
      clear: nothing,
      remove: nothing,
    });
    const settings: [object, RegExp][] = [
      [{ invalidWhereValuesBehavior: { null: 'ignore' } }, /ignores missing values in look-ups/],
      [
        { invalidWhereValuesBehavior: { undefined: 'ignore' } },
        /ignores missing values in look-ups/,
      ],
      [{ cache: { alwaysEnabled: true, provider: noCache } }, /answers every look-up from a cache/],
    ];
    for (const [setting, message] of settings) {
      const careless = TypeOrmModule.forRoot({
        type: 'better-sqlite3',
        database: ':memory:',
        entities: gatehouseEntities(),
        migrations: gatehouseMigrations(),
        migrationsRun: true,
        ...setting,
      });
      const imports = [careless, GatehouseModule.forRoot({ secret: SECRET })];
      assert.match(await refusal({ imports }), message);
    }
  });

  it('is told of a name of routes or modules that there is not', () => {
    const options = { secret: SECRET, routes: { signup: false } } as never;
    assert.throws(() => GatehouseModule.forRoot(options), /option routes knows no signup/);
    class Stranger {}
    assert.throws(
      () => GatehouseModule.forRoot({ secret: SECRET, modules: [Stranger] }),
      /Stranger is no module of Gatehouse/,
    );
  });
});

describe('two Gatehouses', () => {
  it('in two applications of one process share nothing (S-190)', async () => {
    const parts = () => ({ imports: [database(), GatehouseModule.forRoot({ secret: SECRET })] });
    const [one, other] = [await start(parts()), await start(parts())];
    const ada = await gatehouseTesting(one.app).as();
    assert.equal((await send('GET', `${one.url}/oauth/me`, ada.headers)).status, 200);
    // The same secret, and still no session of the other.
    assert.equal((await send('GET', `${other.url}/oauth/me`, ada.headers)).status, 401);
    await other.app.close();
    assert.equal((await send('GET', `${one.url}/oauth/me`, ada.headers)).status, 200);
  });

  it('that every module would see stop the start', async () => {
    const gatehouse = () => GatehouseModule.forRoot({ secret: SECRET });
    const text = await refusal({ imports: [database(), gatehouse(), gatehouse()] });
    assert.match(text, /forRoot was called twice/);
  });

  it('in one application stand side by side, each with its tables, paths and guards (S-190)', async () => {
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

    const { app, url } = await start({
      imports: [
        database({ name: 'staff' }),
        database({ name: 'shoppers', tablePrefix: 'shop_' }),
        StaffModule,
        OrdersModule,
      ],
    });
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
    assert.equal((await send('GET', `${url}/orders`, { authorization })).status, 401);

    assert.equal((await send('POST', `${url}/shop/api/v1/account`, {}, ACCOUNT)).status, 202);
    const tokens = await send(
      'POST',
      `${url}/shop/oauth/token?grant_type=password`,
      basic(ACCOUNT.email_address, ACCOUNT.password),
    );
    const shopper = { authorization: `Bearer ${tokens.body.access_token}` };
    assert.equal((await send('GET', `${url}/orders`, shopper)).status, 200);
    assert.equal((await send('GET', `${url}/staff/oauth/me`, shopper)).status, 401);
  });
});

describe('GatehouseService', () => {
  it('makes accounts, users, keys and sessions from code, and tells what happened after the commit', async () => {
    const { app, url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET })],
    });
    const told: GatehouseEvent[] = [];
    const events = app.get(GatehouseEvents);
    const stops = (
      [
        'account.created',
        'user.created',
        'user.signed_in',
        'api_key.created',
        'api_key.revoked',
      ] as const
    ).map((name) => events.on(name, (event) => void told.push(event)));
    events.on('account.created', () => {
      throw new Error('a listener that fails stops nobody');
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
        told.map(({ name, accountId }) => [name, accountId === account.id]),
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

  it('keeps the rules', async () => {
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
