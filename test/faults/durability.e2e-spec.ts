import { beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase } from '../support/database.js';
import { signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request } from '../support/http.js';
import { newKey, newOwner, type Key } from '../support/members.js';
import { createServer, describeServers, type DatabaseServer } from '../support/servers.js';
import { startService, type TestService } from '../support/service.js';
import { countRows, refresh, revoke } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';
import { beginLoad, type Load } from './load.js';

type Crash = () => Promise<void>;

interface Promises {
  readonly current: () => TestService;
  /** Prepares the crash. */
  readonly begin: () => Promise<Crash>;
  /** Declares what else is expected right after it. */
  readonly defineMore?: () => void;
}

describeTargets(
  'SIGKILL of the service right after its answer',
  (target) => {
    let service: TestService;
    beforeAll(async () => {
      service = await startService({ target });
    });

    let load: Load;
    describePromises({
      current: () => service,
      begin: async () => {
        load = await beginLoad(service, service.database);
        return async () => {
          await service.kill();
          await load.untilFailures(20);
          await service.start();
        };
      },
      defineMore: () =>
        it('loses no acknowledged write under load (S-177)', () => load.expectNoLoss()),
    });

    it('leaves no act without its row in the audit trail, and no row without its act (S-152)', async () => {
      const { database } = service;
      const acts = await countRows(database, 'refresh_tokens');
      const signedIn = await countRows(database, 'audit_records', 'event = ?', [
        'sign_in.succeeded',
      ]);
      expect(signedIn).toBe(acts);
      const opened = await countRows(database, 'audit_records', 'event = ?', ['account.created']);
      expect(opened).toBe(await countRows(database, 'accounts'));
    });
  },
  { adapters: ['fastify'] },
);

describeServers('SIGKILL of the database server right after the answer', (kind) => {
  let server: DatabaseServer;
  let service: TestService;
  beforeAll(async () => {
    server = await createServer(kind);
    service = await startService({ database: await createTestDatabase(kind, server) });
  });

  describePromises({
    current: () => service,
    begin: () =>
      Promise.resolve(async () => {
        await server.kill();
        await server.start();
      }),
  });
});

function describePromises({ current, begin, defineMore }: Promises): void {
  // All that is promised before the crash; the last acts at once, so that it comes right after each answer.
  describe('what was promised', () => {
    let user: TestUser;
    let ended: Tokens;
    let granted: Tokens;
    let rotated: { first: Tokens; third: string };
    let revoked: Tokens;
    let leaked: Key;
    beforeAll(async () => {
      const service = current();
      const [holder, rotating, revoking] = [
        await signUp(service),
        await signUp(service),
        await signUp(service),
      ];
      ended = await signIn(service, holder);
      const first = await signIn(service, rotating);
      const key = await newKey(service, await newOwner(service));
      const second = await refresh(service, first.refresh_token);
      revoked = await signIn(service, revoking);
      const crash = await begin();
      const [signedUp, grant, third, revocation, report] = await Promise.all([
        signUp(service),
        signIn(service, holder),
        refresh(service, second.body.refresh_token),
        revoke(service, revoked),
        request(service, 'POST', '/api/v1/api_key/leaked', { json: { api_key: key.apiKey } }),
      ]);
      await crash();
      user = signedUp;
      granted = grant;
      rotated = { first, third: third.body.refresh_token };
      leaked = key;
      expect([third.status, revocation.status, report.status]).toEqual([200, 200, 202]);
    });

    defineMore?.();

    it('keeps a sign-up (S-177)', async () => {
      const tokens = await signIn(current(), user);
      expect(await statusOfMe(current(), tokens.access_token)).toBe(200);
    });

    it('keeps a grant, and the end of the session before it (S-177)', async () => {
      expect(await statusOfMe(current(), granted.access_token)).toBe(200);
      expect(await statusOfMe(current(), ended.access_token)).toBe(401);
      expect((await refresh(current(), granted.refresh_token)).status).toBe(200);
    });

    it('keeps a rotation, so that the predecessor cannot come back twice (S-51, S-177)', async () => {
      expect((await refresh(current(), rotated.third)).status).toBe(200);
      const reuse = await refresh(current(), rotated.first.refresh_token);
      expect([reuse.status, reuse.body.code]).toEqual([403, 40106]);
    });

    it('keeps a revocation (S-59, S-177)', async () => {
      expect(await statusOfMe(current(), revoked.access_token)).toBe(401);
      const again = await refresh(current(), revoked.refresh_token);
      expect([again.status, again.body.code]).toEqual([403, 40106]);
    });

    it('keeps the end of a leaked key, with its row in the audit trail (S-177, S-215)', async () => {
      expect(await statusOfMe(current(), leaked.apiKey)).toBe(401);
      const condition = 'event = ? AND target_id = ?';
      const rows = [current().database, 'audit_records', condition] as const;
      expect(await countRows(...rows, ['api_key.leaked', leaked.id])).toBe(1);
    });
  });
}

async function statusOfMe(service: TestService, bearer: string): Promise<number> {
  return (await request(service, 'GET', '/oauth/me', { bearer })).status;
}
