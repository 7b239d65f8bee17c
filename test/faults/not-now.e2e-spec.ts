// The database refuses work temporarily: S-204.
import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { MariaDbServer } from '../support/mariadb-server.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel, refresh } from '../support/sessions.js';
import { describeMariaDb } from '../support/targets.js';

/** Creating a server takes long on a busy machine. */
const SET_UP_LIMIT_MS = 180_000;

describeMariaDb('a database that temporarily refuses work', () => {
  let server: MariaDbServer;
  let database: TestDatabase;
  let service: TestService;
  let user: TestUser;
  let tokens: Tokens;
  beforeAll(async () => {
    server = await MariaDbServer.create();
    const made = await createTestDatabase('mariadb', server);
    const name = new URL(made.url).pathname.slice(1);
    await made.query("CREATE USER 'plain'@'%' IDENTIFIED BY 'hunter2'");
    await made.query(`GRANT ALL ON \`${name}\`.* TO 'plain'@'%'`);
    database = { ...made, url: `mysql://plain:hunter2@127.0.0.1:${server.port}/${name}` };
    service = await startService({ database });
  }, SET_UP_LIMIT_MS);
  beforeEach(async () => {
    user = await signUp(service);
    tokens = await signIn(service, user);
  });

  it('gives 503 and never 500 with MAX_USER_CONNECTIONS 3 and 90 requests', async () => {
    await asRoot("ALTER USER 'plain'@'%' WITH MAX_USER_CONNECTIONS 3");
    await killConnections();
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
      await asRoot("ALTER USER 'plain'@'%' WITH MAX_USER_CONNECTIONS 0");
    }
    await expectRecovery();
  });

  it('gives 503 for writes and 200 for reads while it is read-only', async () => {
    await asRoot('SET GLOBAL read_only = 1');
    try {
      expect((await me()).status).toBe(200);
      expectUnavailable(await refresh(service, tokens.refresh_token));
      expectUnavailable(await request(service, 'POST', '/api/v1/account', { json: newSignUp() }));
      expectUnavailable(await grant());
    } finally {
      await asRoot('SET GLOBAL read_only = 0');
    }
    await expectRecovery();
  });

  it("gives 503 on every route, and no 401 or 403, while the service's password was changed", async () => {
    await asRoot("ALTER USER 'plain'@'%' IDENTIFIED BY 'another'");
    await killConnections();
    try {
      expectUnavailable(await grant());
      expectUnavailable(await refresh(service, tokens.refresh_token));
      // No token is admitted from the cache.
      expectUnavailable(await me());
    } finally {
      await asRoot("ALTER USER 'plain'@'%' IDENTIFIED BY 'hunter2'");
    }
    await expectRecovery();
  });

  it("gives 503 while the service's rights are revoked", async () => {
    const name = new URL(database.url).pathname.slice(1);
    await asRoot(`REVOKE ALL ON \`${name}\`.* FROM 'plain'@'%'`);
    await killConnections();
    try {
      expectUnavailable(await grant());
      expectUnavailable(await me());
    } finally {
      await asRoot(`GRANT ALL ON \`${name}\`.* TO 'plain'@'%'`);
    }
    await expectRecovery();
  });

  async function asRoot(sql: string): Promise<void> {
    const root = { ...database, url: server.url(new URL(database.url).pathname.slice(1)) };
    await root.query(sql);
  }

  async function killConnections(): Promise<void> {
    await asRoot("KILL USER 'plain'@'%'").catch(() => undefined);
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
    const deadline = Date.now() + 10_000;
    while ((await me()).status !== 200 && Date.now() < deadline);
    expect((await me()).status).toBe(200);
    expect((await refresh(service, tokens.refresh_token)).status).toBe(200);
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
