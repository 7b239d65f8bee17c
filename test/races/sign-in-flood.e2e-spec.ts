import { beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { signIn, signUp, type TestUser } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { REAL_BCRYPT } from '../support/node.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

/** Sign-ins at the same time: so many that the last ones are turned away. */
const LOGINS = 300;
/** Passwords that the flood has checked at its end, at least. */
const CHECKED = 60;

describeTargets(
  'GET /oauth/validate during a flood of sign-ins',
  (target) => {
    let service: TestService;
    let user: TestUser;
    beforeAll(async () => {
      // One thread checks passwords: with two, the flood would be twice the work until the first are turned away.
      service = await startService({ target, env: { ...REAL_BCRYPT, UV_THREADPOOL_SIZE: '1' } });
      user = await signUp(service);
    });

    it('answers 99 of 100 requests long before they would have a turn in the queue of passwords (S-08)', async () => {
      const { access_token: bearer } = await signIn(service, user);
      const over = new AbortController();
      const answers: HttpResponse[] = [];
      const turnedAway = () => answers.filter(({ status }) => status === 429);
      const checked = () => answers.length - turnedAway().length;
      // Unknown addresses, which cost as much as known ones and do not end the session.
      const flood = inParallel(LOGINS, async (index) => {
        while (checked() < CHECKED || turnedAway().length === 0) {
          const answer = await request(service, 'POST', '/oauth/token?grant_type=password', {
            basic: [`nobody-${index}@example.com`, 'not the password'],
          });
          answers.push(answer);
        }
      }).finally(() => over.abort());

      // How many passwords are checked while each waits: on a busy machine both take longer.
      const meanwhile: number[] = [];
      // Several at a time, for enough samples of a 99th percentile.
      await inParallel(4, async () => {
        while (!over.signal.aborted) {
          const before = checked();
          const { status } = await request(service, 'GET', '/oauth/validate', { bearer });
          meanwhile.push(checked() - before);
          expect(status).toBe(200);
          await sleep(10);
        }
      });
      await flood;
      const outcomes = answers.map(({ status, body }) => `${status} ${body.code}`);
      expect(new Set(outcomes)).toEqual(new Set(['403 40102', '429 42901']));
      for (const { headers } of turnedAway()) {
        expect(headers.get('retry-after')).toMatch(/^\d+$/);
      }

      meanwhile.sort((a, b) => a - b);
      expect(meanwhile.length).toBeGreaterThan(10);
      expect(meanwhile[Math.floor(meanwhile.length * 0.99)]).toBeLessThan(CHECKED / 2);
      // After the flood the right password is accepted again.
      await signIn(service, user);
    });
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);
