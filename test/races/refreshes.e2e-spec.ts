import { beforeAll, expect, it } from '@jest/globals';
import { signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import {
  countRows,
  inParallel,
  liveSessionIds,
  refresh,
  sendAndHangUp,
} from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

describeTargets(
  'POST /oauth/token, concurrent refreshes of one session',
  (target) => {
    let service: SharedService;
    beforeAll(async () => {
      service = await sharedService(target);
    });

    it.each([12, 20])('gives %i callers the same successor and refuses none (S-50)', async (n) => {
      const user = await signUp(service);
      const { refresh_token: first } = await signIn(service, user);
      const answers = await inParallel(n, () => refresh(service, first));

      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: n }, () => 200));
      const successors = new Set(answers.map(({ body }) => body.refresh_token as string));
      expect(successors.size).toBe(1);
      expect(successors).not.toContain(first);
      // One step, whatever the number of callers.
      expect(await generationOf(user.accountId)).toBe(1);
      const [successor = ''] = successors;
      expect((await refresh(service, successor)).status).toBe(200);
    });

    it('gives every caller an access token that works (S-50)', async () => {
      const { refresh_token: first } = await signIn(service, await signUp(service));
      const answers = await inParallel(12, () => refresh(service, first));
      const checks = await Promise.all(
        answers.map(({ body }) =>
          request(service, 'GET', '/oauth/me', { bearer: body.access_token }),
        ),
      );
      expect(new Set(checks.map(({ status }) => status))).toEqual(new Set([200]));
    });

    it('gives the same successor again when the answer was lost (S-52)', async () => {
      const user = await signUp(service);
      const { refresh_token: first } = await signIn(service, user);
      await refreshWithoutReading(first, async () => (await generationOf(user.accountId)) === 1);

      const again = await refresh(service, first);
      const onceMore = await refresh(service, first);
      expect([again.status, onceMore.status]).toEqual([200, 200]);
      expect(onceMore.body.refresh_token).toBe(again.body.refresh_token);
      expect(await generationOf(user.accountId)).toBe(1);
      expect(service.output()).toContain('session.refresh_replayed');
    });

    it('refuses an older token than the predecessor and ends its session (S-51, S-52)', async () => {
      const user = await signUp(service);
      const first = await signIn(service, user);
      const second = await refresh(service, first.refresh_token);
      const third = await refresh(service, second.body.refresh_token);
      const reuse = await refresh(service, first.refresh_token);

      expect([reuse.status, reuse.body.code]).toEqual([403, 40106]);
      expect(await liveSessionIds(service.database, user.accountId)).toEqual([]);
      const last = await refresh(service, third.body.refresh_token);
      expect([last.status, last.body.code]).toEqual([403, 40106]);
      const me = await request(service, 'GET', '/oauth/me', { bearer: third.body.access_token });
      expect([me.status, me.body.code]).toEqual([401, 40103]);
      expect(service.output()).toMatch(/session\.reuse_detected .*clientAddress="127\.0\.0\.1"/);
    });

    it('ends the session once when many reuse an older token together (S-51)', async () => {
      const user = await signUp(service);
      const first = await signIn(service, user);
      const second = await refresh(service, first.refresh_token);
      await refresh(service, second.body.refresh_token);
      const answers = await inParallel(12, () => refresh(service, first.refresh_token));

      for (const { status, body } of answers) expect([status, body.code]).toEqual([403, 40106]);
      expect(await liveSessionIds(service.database, user.accountId)).toEqual([]);
      const ofUser = [user.accountId];
      expect(await countRows(service.database, 'refresh_tokens', 'account_id = ?', ofUser)).toBe(1);
    });

    async function generationOf(accountId: string): Promise<number> {
      const rows = await service.database.query(
        'SELECT generation FROM refresh_tokens WHERE account_id = ? AND revoked_at IS NULL',
        [accountId],
      );
      return Number(rows[0]?.generation);
    }

    async function refreshWithoutReading(
      refreshToken: string,
      hasHappened: () => Promise<boolean>,
    ): Promise<void> {
      const body = JSON.stringify({ refresh_token: refreshToken });
      const bytes =
        `POST /oauth/token?grant_type=refresh_token HTTP/1.1\r\nHost: localhost\r\n` +
        'Content-Type: application/json\r\n' +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
      await sendAndHangUp(service, bytes, hasHappened);
    }
  },
  { adapters: ['fastify'] },
);
