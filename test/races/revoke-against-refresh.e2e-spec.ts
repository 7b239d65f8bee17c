import { beforeAll, expect, it } from '@jest/globals';
import { signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel, liveSessionIds, refresh, revoke } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const ROUNDS = 25;

describeTargets(
  'POST /oauth/revoke concurrent with POST /oauth/token',
  (target) => {
    describeRotation('on');
    describeRotation('off');

    function describeRotation(rotation: 'on' | 'off'): void {
      // Many sessions of one user, so that a round needs no password check.
      const env = { MAX_SESSIONS: '1000', REFRESH_TOKEN_ROTATION: rotation };
      let service: TestService;
      let user: TestUser;
      let sessions: Tokens[];
      beforeAll(async () => {
        service = await startService({ target, env });
        user = await signUp(service);
        sessions = [];
        // A few at a time: more would wait too long for their password check.
        while (sessions.length < ROUNDS) {
          sessions.push(...(await inParallel(5, () => signIn(service, user))));
        }
      });

      it(`leaves no token alive in ${ROUNDS} races, rotation ${rotation} (S-58)`, async () => {
        const races = await Promise.all(sessions.map((tokens, index) => race(tokens, index)));

        expect(await liveSessionIds(service.database, user.accountId)).toEqual([]);
        for (const [index, { revoked, refreshed }] of races.entries()) {
          expect(revoked.status).toBe(200);
          expect([200, 403]).toContain(refreshed.status);
          await expectDead(sessions[index] as Tokens);
          if (refreshed.status === 200) await expectDead(refreshed.body as Tokens);
        }
      });

      async function race(tokens: Tokens, index: number) {
        const begin = [
          () => refresh(service, tokens.refresh_token),
          () => revoke(service, tokens),
        ] as [() => Promise<HttpResponse>, () => Promise<HttpResponse>];
        // Each of the two starts first in half of the rounds.
        if (index % 2 === 1) {
          const revoking = begin[1]();
          return { refreshed: await begin[0](), revoked: await revoking };
        }
        const refreshing = begin[0]();
        return { revoked: await begin[1](), refreshed: await refreshing };
      }

      async function expectDead(tokens: Tokens): Promise<void> {
        const bearer = tokens.access_token;
        const validated = await request(service, 'GET', '/oauth/validate', { bearer });
        expect([validated.status, validated.body.code]).toEqual([401, 40103]);
        const again = await refresh(service, tokens.refresh_token);
        expect([again.status, again.body.code]).toEqual([403, 40106]);
      }
    }
  },
  { adapters: ['fastify'] },
);
