import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { signIn, signUp, type TestUser } from '../support/factories.js';
import { request } from '../support/http.js';
import { REAL_BCRYPT } from '../support/node.js';
import { eventually } from '../support/patience.js';
import { startService, type Environment, type TestService } from '../support/service.js';
import { refresh } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

const ANY_HASH = /\$2[abxy]?\$|\$bcrypt-/;

/** A trigger that refuses every change of a password hash. */
const NO_RENEWAL = {
  sqlite: `CREATE TRIGGER no_renewal BEFORE UPDATE OF password_hash ON users
    BEGIN SELECT RAISE(ABORT, 'no renewal'); END`,
  mariadb: `CREATE TRIGGER no_renewal BEFORE UPDATE ON users FOR EACH ROW
    IF NEW.password_hash <> OLD.password_hash THEN SIGNAL SQLSTATE '45000'; END IF`,
  postgres: `CREATE FUNCTION no_renewal() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION 'no renewal'; END $$;
    CREATE TRIGGER no_renewal BEFORE UPDATE OF password_hash ON users
      FOR EACH ROW EXECUTE FUNCTION no_renewal()`,
};

describeTargets(
  'a stored password',
  (target) => {
    let service: TestService;
    let user: TestUser;
    beforeAll(async () => {
      service = await startService({
        target,
        env: { ...REAL_BCRYPT, BCRYPT_COST: undefined, SWAGGER_UI: 'true' },
      });
      user = await signUp(service);
    });

    it('is a bcrypt hash of cost 12 that names its scheme and pepper (S-05, S-06)', async () => {
      const hash = await hashOf(service.database, user);
      expect(hash).toMatch(/^\$bcrypt-hmac-sha384\$[0-9a-f]{16}\$2b\$12\$[./A-Za-z0-9]{53}$/);
      expect(hash).not.toContain(user.password);
    });

    it('is in no reply, no log line and no API description (S-15)', async () => {
      const tokens = await signIn(service, user);
      const bearer = tokens.access_token;
      const wrong = { basic: [user.email, 'not the password'] } as const;
      const answers = await Promise.all([
        request(service, 'GET', '/oauth/me', { bearer }),
        request(service, 'GET', '/oauth/validate', { bearer }),
        refresh(service, tokens.refresh_token),
        request(service, 'POST', '/oauth/token?grant_type=password', wrong),
        request(service, 'POST', '/api/v1/account', { json: { password: user.password } }),
        request(service, 'GET', '/docs-json'),
      ]);
      const claims = Buffer.from(bearer.split('.')[1] ?? '', 'base64url').toString();
      for (const text of [...answers.map((answer) => answer.text), claims, service.output()]) {
        expect(text).not.toMatch(ANY_HASH);
        expect(text).not.toContain(user.password);
      }
    });
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);

describeTargets(
  'a password hash of other parameters',
  (target) => {
    const pepper = secret();
    let maker: TestService;
    let user: TestUser;
    let before: string;
    beforeAll(async () => {
      maker = await startService({ target, env: { ...REAL_BCRYPT, PASSWORD_PEPPER: pepper } });
      user = await signUp(maker);
      before = await hashOf(maker.database, user);
      await maker.stop();
    });

    it('is renewed at sign-in when the cost has changed (S-06)', async () => {
      const next = await startWith({ BCRYPT_COST: '11' });
      await signIn(next, user);
      const after = await untilChanged(next, user, before);
      expect(after).toMatch(/\$2b\$11\$/);
      await signIn(next, user);
      expect(await hashOf(next.database, user)).toBe(after);
    });

    it('is accepted with an older pepper, and renewed with the first one (S-07)', async () => {
      const next = await startWith({ PASSWORD_PEPPER: `${secret()},${pepper}` });
      await signIn(next, user);
      const after = await untilChanged(next, user, before);
      expect(after.split('$')[2]).not.toBe(before.split('$')[2]);
    });

    it('is refused without its pepper, which the database does not hold (S-07)', async () => {
      const next = await startWith({
        PASSWORD_PEPPER: secret(),
        ACCEPT_LOST_KEYS: before.split('$')[2],
      });
      const { status, body } = await request(next, 'POST', '/oauth/token?grant_type=password', {
        basic: [user.email, user.password],
      });
      expect([status, body.code]).toEqual([403, 40102]);
    });

    function startWith(changes: Environment, database = copyOfTheDatabase()): Promise<TestService> {
      const { GATEHOUSE_SECRET } = maker.env;
      const env = { ...REAL_BCRYPT, GATEHOUSE_SECRET, PASSWORD_PEPPER: pepper, ...changes };
      return startService({ target, database, env });
    }

    function copyOfTheDatabase(): TestDatabase {
      const file = join(temporaryDirectory('copy'), 'gatehouse.sqlite');
      copyFileSync(maker.database.url.slice('sqlite:'.length), file);
      return openTestDatabase(target.database, `sqlite:${file}`);
    }
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);

describeTargets(
  'a password hash whose renewal fails',
  (target) => {
    it('lets the user sign in (S-06)', async () => {
      const maker = await startService({ target, env: REAL_BCRYPT });
      const user = await signUp(maker);
      const { database } = maker;
      const before = await hashOf(database, user);
      await maker.stop();
      await database.load(NO_RENEWAL[target.database]);

      const env = { ...REAL_BCRYPT, BCRYPT_COST: '11' };
      const next = await startService({ target, database, env });
      const tokens = await signIn(next, user);
      const me = await request(next, 'GET', '/oauth/me', { bearer: tokens.access_token });
      expect(me.status).toBe(200);
      await untilOutput(next, 'was not renewed');
      expect(await hashOf(database, user)).toBe(before);
      expect(next.output()).not.toMatch(ANY_HASH);
    });
  },
  { adapters: ['fastify'] },
);

function secret(): string {
  return randomBytes(48).toString('base64url');
}

async function hashOf(database: TestDatabase, { accountId }: TestUser): Promise<string> {
  const [row] = await database.query(
    'SELECT password_hash AS hash FROM users WHERE account_id = ?',
    [accountId],
  );
  return row?.hash as string;
}

/** Waits for the renewal, which happens after the answer. */
function untilChanged(service: TestService, user: TestUser, from: string): Promise<string> {
  return eventually(async () => {
    const hash = await hashOf(service.database, user);
    expect(hash).not.toBe(from);
    return hash;
  });
}
