import { beforeAll, describe, expect, it } from '@jest/globals';
import { signIn, signUp, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { startService } from '../support/service.js';
import { inParallel, liveSessionIds, refresh } from '../support/sessions.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

describeTargets('POST /oauth/token, many password grants of one user at once', (target) => {
  const byDefault = { maxSessions: 1, grants: 12 };
  // Which sessions end is chosen by the same code on every engine.
  const cases =
    target.database === 'postgres' ? [byDefault, { maxSessions: 3, grants: 20 }] : [byDefault];
  describe.each(cases)('with MAX_SESSIONS=$maxSessions', ({ maxSessions, grants }) => {
    let service: SharedService;
    beforeAll(async () => {
      // One session is the default.
      service = await (maxSessions === 1
        ? sharedService(target)
        : startService({ target, env: { MAX_SESSIONS: String(maxSessions) } }));
    });

    it(`leaves ${maxSessions} of ${grants} alive and ends no session for a refusal (S-48, S-49)`, async () => {
      const user = await signUp(service);
      const granted = await inParallel(grants, () => signIn(service, user));
      const refusal = await request(service, 'POST', '/oauth/token?grant_type=password', {
        basic: [user.email, 'not the password'],
      });
      expect([refusal.status, refusal.body.code]).toEqual([403, 40102]);

      expect(await liveSessionIds(service.database, user.accountId)).toHaveLength(maxSessions);
      const validated = await Promise.all(granted.map((tokens) => validate(service, tokens)));
      expectOutcome(validated, [401, 40103]);
      const refreshed = await Promise.all(
        granted.map((tokens) => refresh(service, tokens.refresh_token)),
      );
      expectOutcome(refreshed, [403, 40106]);
    });

    function expectOutcome(answers: readonly HttpResponse[], refusal: [number, number]): void {
      const refused = answers.filter(({ status }) => status !== 200);
      expect(refused.map(({ status, body }) => [status, body.code])).toEqual(
        Array.from({ length: grants - maxSessions }, () => refusal),
      );
    }
  });
});

function validate(service: SharedService, { access_token: bearer }: Tokens) {
  return request(service, 'GET', '/oauth/validate', { bearer });
}
