import { beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectRefusal } from '../support/expect-refusal.js';
import { signIn, signUp, type Tokens } from '../support/factories.js';
import { request } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { liveSessionIds, refresh } from '../support/sessions.js';
import { describeEachOnce, describeTargets } from '../support/targets.js';

describeEachOnce('sessions with MAX_SESSIONS=3 and REFRESH_REUSE_GRACE=30', (target) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({
      target,
      env: { MAX_SESSIONS: '3', REFRESH_REUSE_GRACE: '30', REFRESH_TOKEN_ROTATION: 'on' },
    });
  });

  it('keeps three and ends the oldest beyond that (S-48)', async () => {
    const user = await signUp(service);
    const all: Tokens[] = [];
    for (let round = 0; round < 5; round++) {
      all.push(await signIn(service, user));
      await sleep(2); // The age decides, in milliseconds.
    }
    const statuses = await Promise.all(
      all.map(
        async ({ access_token: bearer }) =>
          (await request(service, 'GET', '/oauth/me', { bearer })).status,
      ),
    );
    expect(statuses).toEqual([401, 401, 200, 200, 200]);
    expect(await liveSessionIds(service.database, user.accountId)).toHaveLength(3);
  });

  it('gives the same successor within the grace and ends the session after it (S-52)', async () => {
    const user = await signUp(service);
    const { refresh_token: first } = await signIn(service, user);
    const second = (await refresh(service, first)).body as Tokens;
    expect((await refresh(service, first)).body.refresh_token).toBe(second.refresh_token);
    // As if a minute had passed.
    const sql = 'UPDATE refresh_tokens SET rotated_at = rotated_at - 60000 WHERE account_id = ?';
    await service.database.query(sql, [user.accountId]);
    expectRefusal(await refresh(service, first), 403, 40106);
    expectRefusal(await refresh(service, second.refresh_token), 403, 40106);
    expect(await liveSessionIds(service.database, user.accountId)).toEqual([]);
  });

  it('gives no successor past a revocation or the absolute expiry (S-52)', async () => {
    for (const end of ['revoked_at', 'expires_at']) {
      const user = await signUp(service);
      const { refresh_token: first } = await signIn(service, user);
      await refresh(service, first);
      await service.database.query(`UPDATE refresh_tokens SET ${end} = ? WHERE account_id = ?`, [
        Date.now() - 1,
        user.accountId,
      ]);
      expectRefusal(await refresh(service, first), 403, 40106);
    }
  });
});

describeTargets(
  'sessions with REFRESH_REUSE_GRACE=0',
  (target) => {
    it('treat any older token as reuse, at once (S-51, S-52)', async () => {
      const service = await startService({ target, env: { REFRESH_REUSE_GRACE: '0' } });
      const { refresh_token: first } = await signIn(service, await signUp(service));
      const second = (await refresh(service, first)).body as Tokens;
      expectRefusal(await refresh(service, first), 403, 40106);
      expectRefusal(await refresh(service, second.refresh_token), 403, 40106);
    });
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);
