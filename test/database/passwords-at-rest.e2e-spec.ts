import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { TestDatabase } from '../support/database.js';
import { signIn, signUp, type TestUser } from '../support/factories.js';
import { request } from '../support/http.js';
import { REAL_BCRYPT } from '../support/node.js';
import { hasherWith } from '../support/passwords.js';
import { eventually } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
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
      const pepper = { PASSWORD_PEPPER: secret() };
      const env = { ...REAL_BCRYPT, ...pepper, BCRYPT_COST: undefined, SWAGGER_UI: 'true' };
      service = await startService({ target, env });
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

    it('is refused without its pepper, which the database does not hold (S-07)', async () => {
      const { database } = service;
      const [, , pepperId] = (await hashOf(database, user)).split('$');
      await service.stop();
      const env = { ...REAL_BCRYPT, PASSWORD_PEPPER: secret(), ACCEPT_LOST_KEYS: pepperId };
      const next = await startService({ target, database, env });
      const { status, body } = await request(next, 'POST', '/oauth/token?grant_type=password', {
        basic: [user.email, user.password],
      });
      expect([status, body.code]).toEqual([403, 40102]);
    });
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);

describeTargets(
  'a password hash of other parameters',
  (target) => {
    const [former, current] = [secret(), secret()];
    let service: TestService;
    beforeAll(async () => {
      const env = { ...REAL_BCRYPT, PASSWORD_PEPPER: `${current},${former}` };
      service = await startService({ target, env });
    });

    it('is renewed at sign-in when the cost has changed (S-06)', async () => {
      const { user, hash } = await newUserWith({ cost: 9, pepper: current });
      await signIn(service, user);
      const after = await untilChanged(service, user, hash);
      expect(after).toMatch(/\$2b\$10\$/);
      await signIn(service, user);
      expect(await hashOf(service.database, user)).toBe(after);
    });

    it('is accepted with an older pepper, and renewed with the first one (S-07)', async () => {
      const { user, hash } = await newUserWith({ cost: 10, pepper: former });
      await signIn(service, user);
      const after = await untilChanged(service, user, hash);
      expect(after.split('$')[2]).not.toBe(hash.split('$')[2]);
    });

    it('lets the user sign in even if its renewal fails (S-06)', async () => {
      const { database } = service;
      const { user, hash } = await newUserWith({ cost: 9, pepper: current });
      await database.load(NO_RENEWAL[target.database]);
      const tokens = await signIn(service, user);
      const me = await request(service, 'GET', '/oauth/me', { bearer: tokens.access_token });
      expect(me.status).toBe(200);
      await untilOutput(service, 'was not renewed');
      expect(await hashOf(database, user)).toBe(hash);
      expect(service.output()).not.toMatch(ANY_HASH);
    });

    /** A user whose password was hashed when the service had these settings. */
    async function newUserWith({ cost, pepper }: { cost: number; pepper: string }) {
      const user = await signUp(service);
      const hash = await hasherWith({ cost, peppers: [Buffer.from(pepper)] }).hash(user.password);
      const sql = 'UPDATE users SET password_hash = ? WHERE account_id = ?';
      await service.database.query(sql, [hash, user.accountId]);
      return { user, hash };
    }
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
