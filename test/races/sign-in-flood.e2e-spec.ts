import { beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { signIn, signUp, type TestUser } from '../support/factories.js';
import { request } from '../support/http.js';
import { REAL_BCRYPT } from '../support/node.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const LOGINS = 300;

describeTargets(
  'GET /oauth/validate during a flood of sign-ins',
  (target) => {
    let service: TestService;
    let user: TestUser;
    beforeAll(async () => {
      service = await startService({ target, env: REAL_BCRYPT });
      user = await signUp(service);
    });

    it('answers 99 of 100 requests sooner than the flood gets its first 429 (S-08)', async () => {
      const { access_token: bearer } = await signIn(service, user);
      const over = new AbortController();
      // Unknown addresses, which cost as much as known ones and do not end the session.
      const flood = inParallel(LOGINS, async (index) => {
        const startedAt = performance.now();
        const answer = await request(service, 'POST', '/oauth/token?grant_type=password', {
          basic: [`nobody-${index}@example.com`, 'not the password'],
        });
        return { ...answer, ms: performance.now() - startedAt };
      }).finally(() => over.abort());

      const times: number[] = [];
      // Several at a time, for enough samples of a 99th percentile.
      await inParallel(4, async () => {
        while (!over.signal.aborted) {
          const startedAt = performance.now();
          const { status } = await request(service, 'GET', '/oauth/validate', { bearer });
          times.push(performance.now() - startedAt);
          expect(status).toBe(200);
          await sleep(10);
        }
      });
      const answers = await flood;
      const outcomes = answers.map(({ status, body }) => `${status} ${body.code}`);
      expect(new Set(outcomes)).toEqual(new Set(['403 40102', '429 42901']));
      const turnedAway = answers.filter(({ status }) => status === 429);
      for (const { headers } of turnedAway) expect(headers.get('retry-after')).toMatch(/^\d+$/);

      times.sort((a, b) => a - b);
      expect(times.length).toBeGreaterThan(10);
      const soonest = Math.min(...turnedAway.map(({ ms }) => ms));
      expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(soonest);
      // After the flood the right password is accepted again.
      await signIn(service, user);
    });
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);
