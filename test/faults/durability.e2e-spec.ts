import { beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase } from '../support/database.js';
import { signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { MariaDbServer } from '../support/mariadb-server.js';
import { startService, type TestService } from '../support/service.js';
import { refresh, revoke } from '../support/sessions.js';
import { describeMariaDb, describeTargets } from '../support/targets.js';

type Crash = () => Promise<void>;

describeTargets(
  'SIGKILL of the service right after its answer',
  (target) => {
    let service: TestService;
    beforeAll(async () => {
      service = await startService({ target });
    });

    describePromises(
      () => service,
      async () => {
        await service.kill();
        await service.start();
      },
    );
  },
  { adapters: ['fastify'] },
);

describeMariaDb('SIGKILL of MariaDB right after the answer', () => {
  let server: MariaDbServer;
  let service: TestService;
  beforeAll(async () => {
    server = await MariaDbServer.create();
    service = await startService({ database: await createTestDatabase('mariadb', server) });
  });

  describePromises(
    () => service,
    async () => {
      await server.kill();
      await server.start();
    },
  );
});

function describePromises(current: () => TestService, crash: Crash): void {
  describe('what was promised', () => {
    it('keeps a sign-up (S-177)', async () => {
      const user = await signUp(current());
      await crash();
      const tokens = await signIn(current(), user);
      expect(await statusOfMe(current(), tokens.access_token)).toBe(200);
    });

    it('keeps a grant, and the end of the session before it (S-177)', async () => {
      const user = await signUp(current());
      const earlier = await signIn(current(), user);
      const tokens = await signIn(current(), user);
      await crash();
      expect(await statusOfMe(current(), tokens.access_token)).toBe(200);
      expect(await statusOfMe(current(), earlier.access_token)).toBe(401);
      expect((await refresh(current(), tokens.refresh_token)).status).toBe(200);
    });

    it('keeps a rotation, so that the predecessor cannot come back twice (S-51, S-177)', async () => {
      const first = await signIn(current(), await signUp(current()));
      const second = await refresh(current(), first.refresh_token);
      const third = await refresh(current(), second.body.refresh_token);
      await crash();
      expect((await refresh(current(), third.body.refresh_token)).status).toBe(200);
      const reuse = await refresh(current(), first.refresh_token);
      expect([reuse.status, reuse.body.code]).toEqual([403, 40106]);
    });

    it('keeps a revocation (S-59, S-177)', async () => {
      const tokens = await signIn(current(), await signUp(current()));
      expect((await revoke(current(), tokens)).status).toBe(200);
      await crash();
      expect(await statusOfMe(current(), tokens.access_token)).toBe(401);
      const again = await refresh(current(), tokens.refresh_token);
      expect([again.status, again.body.code]).toEqual([403, 40106]);
    });
  });
}

async function statusOfMe(service: TestService, bearer: string): Promise<number> {
  return (await request(service, 'GET', '/oauth/me', { bearer })).status;
}
