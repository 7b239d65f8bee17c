import { AuditModule, AuthModule, GatehouseModule, UsersModule } from 'nest-gatehouse';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { database, refusal, SECRET, start } from '../host-app.js';
import './set-up.js';

const MAILER = { send: () => Promise.resolve() };
const PAGE = 'https://app.example.com/page';

describe('GatehouseModule with wrong options', () => {
  const cases: [string, object, RegExp][] = [
    ['no secret', {}, /option secret is missing/],
    ['no function', { secret: SECRET, password: { isBreached: true } }, /isBreached must be a fun/],
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
    [
      'confirmed addresses without mail',
      { secret: SECRET, requireVerifiedEmail: true },
      /option requireVerifiedEmail needs mail/,
    ],
    [
      'letters that lead to a page which is switched off',
      { secret: SECRET, mailer: MAILER, routes: { links: false }, links: { reset: PAGE } },
      /option links\.invitation is missing: the routes users send letters with a link/,
    ],
    [
      'letters without the module of the pages',
      { secret: SECRET, mailer: MAILER, modules: [UsersModule], routes: { users: false } },
      /option links\.verification is missing: the routes signUp send letters with a link/,
    ],
    // As JavaScript may pass them: no value of another type counts as unset.
    ['null as an address', { secret: SECRET, publicUrl: null }, /publicUrl must be/],
    ['a URL object', { secret: SECRET, publicUrl: new URL('https://x.example') }, /publicUrl must/],
    ['null for HTTPS', { secret: SECRET, transport: { https: null } }, /transport\.https must be/],
    ['null for proxies', { secret: SECRET, transport: { trustProxy: null } }, /trustProxy must be/],
    ['a text for keys', { secret: SECRET, acceptLostKeys: 'abc' }, /acceptLostKeys must be a list/],
    ['null for a number', { secret: SECRET, session: { max: null } }, /session\.max must be/],
    ['a number as issuer', { secret: SECRET, accessToken: { issuer: 7 } }, /issuer must be text/],
    [
      'a text for a flag',
      { secret: SECRET, transport: { revokesExposed: 'false' } },
      /revokesExposed must be true or false/,
    ],
  ];
  for (const [fault, options, message] of cases) {
    it(`stops the start with the name of the option: ${fault}`, async () => {
      const text = await refusal({
        imports: [database(), GatehouseModule.forRoot(options as never)],
      });
      assert.match(text, message);
      assert.ok(!text.includes(SECRET));
    });
  }

  it('starts with mail and without our pages, where no route sends a link or the host has the pages', async () => {
    const links = { invitation: PAGE, reset: PAGE, verification: PAGE, emailChange: PAGE };
    for (const setup of [
      { links, routes: { links: false } },
      { modules: [AuthModule, AuditModule] },
    ]) {
      const gatehouse = GatehouseModule.forRoot({ secret: SECRET, mailer: MAILER, ...setup });
      const { app } = await start({ imports: [database(), gatehouse] });
      assert.ok(app);
    }
  });

  it('stops the start with the names of missing entities and tables', async () => {
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

  it('stops the start when TypeORM ignores missing values or caches queries (S-53, S-134)', async () => {
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
      const dataSource = TypeOrmModule.forRoot({
        type: 'better-sqlite3',
        database: ':memory:',
        entities: gatehouseEntities(),
        migrations: gatehouseMigrations(),
        migrationsRun: true,
        ...setting,
      });
      const imports = [dataSource, GatehouseModule.forRoot({ secret: SECRET })];
      assert.match(await refusal({ imports }), message);
    }
  });

  it('refuses unknown names of routes and unknown modules', () => {
    const options = { secret: SECRET, routes: { signup: false } } as never;
    assert.throws(() => GatehouseModule.forRoot(options), /option routes knows no signup/);
    class Stranger {}
    assert.throws(
      () => GatehouseModule.forRoot({ secret: SECRET, modules: [Stranger] }),
      /Stranger is no module of Gatehouse/,
    );
  });
});
