// The database refuses work temporarily: S-204.
import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { eventually } from '../support/patience.js';
import {
  createServer,
  describeServers,
  type DatabaseServer,
  type ServerKind,
} from '../support/servers.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel, refresh } from '../support/sessions.js';
import { killConnections } from './engines.js';

/** Creating a server takes long on a busy machine. */
const SET_UP_LIMIT_MS = 180_000;

/** What the operator does to the service's user `plain` and to the database, and what undoes it. */
interface Operations {
  readonly create: readonly string[];
  readonly limit: (connections: number | 'none') => string;
  readonly beReadOnly: readonly string[];
  readonly beWritable: readonly string[];
  readonly setPassword: (password: string) => string;
  readonly revoke: string;
  readonly grant: string;
}

const OPERATIONS: Readonly<Record<ServerKind, (database: string) => Operations>> = {
  mariadb: (name) => {
    const grant = `GRANT ALL ON \`${name}\`.* TO 'plain'@'%'`;
    return {
      create: ["CREATE USER 'plain'@'%' IDENTIFIED BY 'hunter2'", grant],
      limit: (count) =>
        `ALTER USER 'plain'@'%' WITH MAX_USER_CONNECTIONS ${count === 'none' ? 0 : count}`,
      beReadOnly: ['SET GLOBAL read_only = 1'],
      beWritable: ['SET GLOBAL read_only = 0'],
      setPassword: (password) => `ALTER USER 'plain'@'%' IDENTIFIED BY '${password}'`,
      revoke: `REVOKE ALL ON \`${name}\`.* FROM 'plain'@'%'`,
      grant,
    };
  },
  postgres: (name) => ({
    create: ["CREATE ROLE plain LOGIN PASSWORD 'hunter2'", `ALTER DATABASE ${name} OWNER TO plain`],
    limit: (count) => `ALTER ROLE plain CONNECTION LIMIT ${count === 'none' ? -1 : count}`,
    beReadOnly: ['ALTER SYSTEM SET default_transaction_read_only = on', 'SELECT pg_reload_conf()'],
    beWritable: ['ALTER SYSTEM RESET default_transaction_read_only', 'SELECT pg_reload_conf()'],
    setPassword: (password) => `ALTER ROLE plain PASSWORD '${password}'`,
    revoke: 'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM plain',
    grant: 'GRANT ALL ON ALL TABLES IN SCHEMA public TO plain',
  }),
};

describeServers('a database that temporarily refuses work', (kind) => {
  let server: DatabaseServer;
  /** As an administrator. */
  let database: TestDatabase;
  let operations: Operations;
  let service: TestService;
  let user: TestUser;
  let tokens: Tokens;
  beforeAll(async () => {
    server = await createServer(kind);
    database = await createTestDatabase(kind, server);
    operations = OPERATIONS[kind](new URL(database.url).pathname.slice(1));
    await operate(...operations.create);
    if (kind === 'postgres') await requirePassword(database, 'plain');
    const { href: url } = Object.assign(new URL(database.url), {
      username: 'plain',
      password: 'hunter2',
    });
    const target = { database: kind, adapter: 'fastify' } as const;
    service = await startService({ target, database: { ...database, url } });
  }, SET_UP_LIMIT_MS);
  beforeEach(async () => {
    user = await signUp(service);
    tokens = await signIn(service, user);
  });

  it('gives 503 and never 500 with a limit of 3 connections and 90 requests', async () => {
    await operate(operations.limit(3));
    await killConnections(database);
    try {
      const bearer = tokens.access_token;
      const answers = await inParallel(90, (index) =>
        index % 2 === 0
          ? request(service, 'GET', '/api/v1/account/user', { bearer })
          : request(service, 'PATCH', '/api/v1/account/user/me', {
              bearer,
              json: { first_name: `Ada ${index}` },
            }),
      );
      expectOnly(answers, 200);
    } finally {
      await operate(operations.limit('none'));
    }
    await expectRecovery();
  });

  it('gives 503 for writes and 200 for reads while it is read-only', async () => {
    await operate(...operations.beReadOnly);
    try {
      // PostgreSQL's processes hear of it a moment later.
      await eventually(async () => expectUnavailable(await refresh(service, tokens.refresh_token)));
      expect((await me()).status).toBe(200);
      expectUnavailable(await request(service, 'POST', '/api/v1/account', { json: newSignUp() }));
      expectUnavailable(await grant());
    } finally {
      await operate(...operations.beWritable);
    }
    await expectRecovery();
  });

  it("gives 503 on every route, and no 401 or 403, while the service's password was changed", async () => {
    await operate(operations.setPassword('another'));
    await killConnections(database);
    try {
      expectUnavailable(await grant());
      expectUnavailable(await refresh(service, tokens.refresh_token));
      // No token is admitted from the cache.
      expectUnavailable(await me());
    } finally {
      await operate(operations.setPassword('hunter2'));
    }
    await expectRecovery();
  });

  it("gives 503 while the service's rights are revoked", async () => {
    await operate(operations.revoke);
    // MariaDB checks the rights of a session on its database only when it begins.
    await killConnections(database);
    try {
      expectUnavailable(await grant());
      expectUnavailable(await me());
    } finally {
      await operate(operations.grant);
    }
    await expectRecovery();
  });

  /** Runs statements as an administrator. */
  async function operate(...statements: readonly string[]): Promise<void> {
    for (const sql of statements) await database.query(sql);
  }

  function me(): Promise<HttpResponse> {
    return request(service, 'GET', '/oauth/me', { bearer: tokens.access_token });
  }

  function grant(): Promise<HttpResponse> {
    return request(service, 'POST', '/oauth/token?grant_type=password', {
      basic: [user.email, user.password],
    });
  }

  async function expectRecovery(): Promise<void> {
    await eventually(async () => expect((await me()).status).toBe(200));
    await eventually(async () => {
      expect((await refresh(service, tokens.refresh_token)).status).toBe(200);
    });
  }
});

function expectOnly(answers: readonly HttpResponse[], status: number): void {
  const refused = answers.filter((each) => each.status !== status);
  for (const each of refused) expectUnavailable(each);
  expect(refused.length).toBeLessThan(answers.length);
}

function expectUnavailable({ status, body, headers }: HttpResponse): void {
  expect([status, body.code]).toEqual([503, 50301]);
  expect(headers.get('retry-after')).toMatch(/^\d+$/);
}

/** The tests' PostgreSQL trusts everybody; from now on this role needs its password. */
async function requirePassword(database: TestDatabase, role: string): Promise<void> {
  const [row] = await database.query('SHOW hba_file');
  const file = row?.hba_file as string;
  const rule = `host all ${role} 127.0.0.1/32 scram-sha-256`;
  writeFileSync(file, `${rule}\n${readFileSync(file, 'utf8')}`);
  await database.query('SELECT pg_reload_conf()');
}
