import { beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { BOUND_MS } from '../support/bound.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { newOwner, type Member } from '../support/members.js';
import { eventually } from '../support/patience.js';
import {
  createServer,
  describeServers,
  type DatabaseServer,
  type ServerKind,
} from '../support/servers.js';
import { startService, type TestService } from '../support/service.js';
import { refresh, revoke } from '../support/sessions.js';
import type { Target } from '../support/targets.js';
import { killConnections } from './engines.js';
import { beginLoad } from './load.js';
import { expectWholePool } from './whole-pool.js';

/** Much longer than the 5 s of the rule, which `deadline.spec.ts` proves with a set clock, but a limit. */
const LIMIT_MS = 30_000;

/** Both adapters, one on each engine. */
const ADAPTERS: Readonly<Record<ServerKind, Target['adapter']>> = {
  mariadb: 'express',
  postgres: 'fastify',
};

/** How a server ends: by a power cut, regularly, and PostgreSQL also by `pg_ctl -m immediate stop`. */
const ENDS: Readonly<Record<ServerKind, readonly NodeJS.Signals[]>> = {
  mariadb: ['SIGKILL', 'SIGTERM'],
  postgres: ['SIGKILL', 'SIGINT', 'SIGQUIT'],
};

describeServers('an unavailable database', (kind) => {
  let server: DatabaseServer;
  let database: TestDatabase;
  let service: TestService;
  let user: TestUser;
  let tokens: Tokens;
  let other: Member;
  beforeAll(async () => {
    server = await createServer(kind);
    database = await createTestDatabase(kind, server);
    const target = { database: kind, adapter: ADAPTERS[kind] };
    service = await startService({ target, database });
    user = await signUp(service);
    tokens = await signIn(service, user);
    other = await newOwner(service);
  });

  it('gives 503 on every route while it is down, never 401 or 403 (S-178)', async () => {
    await server.kill();
    try {
      await expectUnavailableEverywhere();
      // Again, when no pooled connection is left.
      await expectUnavailableEverywhere();
    } finally {
      await server.start();
    }
    await expectRecovery();
  });

  it('gives 503 on every route while it does not answer (S-178)', async () => {
    await server.pause();
    try {
      await expectUnavailableEverywhere();
      await expectUnavailableEverywhere();
    } finally {
      server.resume();
    }
    await expectRecovery();
  });

  it('admits cached tokens for at most 5 s, until a fault is noticed (S-59, S-178)', async () => {
    expect((await me()).status).toBe(200);
    await server.pause();
    try {
      expect((await me()).status).toBe(200);
      await sleep(BOUND_MS);
      const { answer, ms } = await timed(me);
      expectUnavailable(answer);
      expect(ms).toBeLessThan(LIMIT_MS);
    } finally {
      server.resume();
    }
    await expectRecovery();
  });

  it('is used again without a restart after its connections were killed (S-175)', async () => {
    const killed = await killConnections(database);
    expect(killed).toBeGreaterThan(0);
    const first = await me();
    expect([200, 503]).toContain(first.status);
    await expectRecovery();
  });

  it(`gives only right answers and 503 under load while it ends by ${ENDS[kind].join(', ')}, and loses no write (S-175, S-177, S-178)`, async () => {
    const load = await beginLoad(service, database);
    for (const signal of ENDS[kind]) {
      await server.kill(signal);
      await load.untilFailures(24);
      await server.start();
      await load.untilSuccesses(24);
    }
    await load.expectNoLoss();
    await expectRecovery();
  });

  it('gives only right answers and 503 under load while it does not answer, and loses no write (S-175, S-178)', async () => {
    const load = await beginLoad(service, database);
    await server.pause();
    // Each client waits until the deadline of its operation.
    await load.untilFailures(20);
    server.resume();
    await load.expectNoLoss();
    await expectRecovery();
  });

  it('loses no write and no place of the pool by connections that are killed under load (S-175)', async () => {
    const load = await beginLoad(service, database);
    let killed = 0;
    while (killed < 30) {
      killed += await killConnections(database);
      await load.untilSuccesses(20);
    }
    await load.expectNoLoss();
    await expectRecovery();
  });

  async function expectUnavailableEverywhere(): Promise<void> {
    const { access_token: bearer, refresh_token } = tokens;
    const calls = [
      () => me(),
      () => request(service, 'GET', '/oauth/validate', { bearer }),
      () =>
        request(service, 'POST', '/oauth/token?grant_type=password', {
          basic: [user.email, user.password],
        }),
      () => refresh(service, refresh_token),
      () => revoke(service, tokens),
      () => request(service, 'POST', '/api/v1/account', { json: newSignUp() }),
    ];
    for (const { answer, ms } of await Promise.all(calls.map(timed))) {
      expectUnavailable(answer);
      expect(ms).toBeLessThan(LIMIT_MS);
    }
    // The answer of an earlier probe counts for a second (contract §1).
    await eventually(async () => {
      const { status, body } = await health();
      expect([status, body]).toEqual([503, { status: 'down' }]);
    });
  }

  async function expectRecovery(): Promise<void> {
    await eventually(async () => expect((await health()).status).toBe(200));
    // The same tokens are still valid.
    expect((await me()).status).toBe(200);
    const again = await refresh(service, tokens.refresh_token);
    expect(again.status).toBe(200);
    tokens = again.body as Tokens;
    // By another user, whose token the next test does not find in the cache.
    await expectWholePool(service, database, other);
  }

  function me(): Promise<HttpResponse> {
    return request(service, 'GET', '/oauth/me', { bearer: tokens.access_token });
  }

  function health(): Promise<HttpResponse> {
    return request(service, 'GET', '/health');
  }
});

async function timed(
  call: () => Promise<HttpResponse>,
): Promise<{ answer: HttpResponse; ms: number }> {
  const startedAt = performance.now();
  const answer = await call();
  return { answer, ms: performance.now() - startedAt };
}

/** Expects the contract's error form without the cause (S-143). */
function expectUnavailable({ status, body, headers }: HttpResponse): void {
  expect([status, body.code]).toEqual([503, 50301]);
  expect(headers.get('retry-after')).toMatch(/^\d+$/);
  const { error: _error, error_description: _description, ...rest } = body;
  expect(rest).toEqual({
    code: 50301,
    message: 'Service is temporarily unavailable',
    request_id: headers.get('x-request-id'),
  });
}
