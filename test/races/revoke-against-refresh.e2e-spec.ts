import { beforeAll, describe, expect, it } from '@jest/globals';
import { signIn, signUp, type TestUser, type Tokens } from '../support/factories.js';
import { request, type HttpResponse } from '../support/http.js';
import { startService } from '../support/service.js';
import { inParallel, liveSessionIds, refresh, revoke } from '../support/sessions.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets, type Target } from '../support/targets.js';

const ROUNDS = 25;

describeTargets(
  'POST /oauth/revoke concurrent with POST /oauth/token',
  (target) => {
    // The other setting needs a service of its own, so once, where the requests race in the database.
    describe.each(
      target.database === 'postgres' ? (['auto', 'off'] as const) : (['auto'] as const),
    )('with REFRESH_TOKEN_ROTATION=%s', (rotation) => {
      let service: SharedService;
      let users: TestUser[];
      let sessions: Tokens[];
      beforeAll(async () => {
        service = await serviceWith(rotation, target);
        [users, sessions] = [[], []];
        // A few at a time: more would wait too long for their password check.
        while (sessions.length < ROUNDS) {
          const more = await inParallel(5, () => signUp(service));
          users.push(...more);
          sessions.push(
            ...(await inParallel(5, (index) => signIn(service, more[index] as TestUser))),
          );
        }
      });

      it(`leaves no token alive in ${ROUNDS} races (S-58)`, async () => {
        const races = await Promise.all(sessions.map((tokens, index) => race(tokens, index)));

        for (const { accountId } of users) {
          expect(await liveSessionIds(service.database, accountId)).toEqual([]);
        }
        for (const [index, { revoked, refreshed }] of races.entries()) {
          const first = sessions[index] as Tokens;
          expect(revoked.status).toBe(200);
          expect([200, 403]).toContain(refreshed.status);
          await expectDead(first);
          if (refreshed.status !== 200) continue;
          const next = refreshed.body as Tokens;
          // The request brings no access token along, so that the default rotates.
          expect(next.refresh_token === first.refresh_token).toBe(rotation === 'off');
          await expectDead(next);
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
    });
  },
  { adapters: ['fastify'] },
);

function serviceWith(rotation: 'auto' | 'off', target: Target): Promise<SharedService> {
  if (rotation === 'auto') return sharedService(target);
  return startService({ target, env: { REFRESH_TOKEN_ROTATION: rotation } });
}
