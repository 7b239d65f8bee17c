import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { withinBound } from '../support/bound.js';
import { createTestDatabase } from '../support/database.js';
import { newSignUp, signUp } from '../support/factories.js';
import { request, type HttpResponse, type Reachable } from '../support/http.js';
import { REAL_LIMITS } from '../support/limits.js';
import { newKey, newOwner } from '../support/members.js';
import { eventually } from '../support/patience.js';
import { RedisServer } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel, refresh, revoke } from '../support/sessions.js';
import { describeRedis, describeTargets } from '../support/targets.js';
import { attempt, inOrder, outcome, outcomes, times } from './bench.js';
import { BEHIND_PROXY, from, newAddress } from './networks.js';

describeRedis('on one Redis', () => {
  describeTargets(
    'two instances',
    (target) => {
      let redis: RedisServer;
      let instances: readonly TestService[];
      const instance = (index: number, address = newAddress()) =>
        from(instances[index % 2] as TestService, address);
      beforeAll(async () => {
        redis = await RedisServer.create();
        const database = await createTestDatabase(target.database);
        const GATEHOUSE_SECRET = randomBytes(48).toString('base64url');
        const env = { ...REAL_LIMITS, ...BEHIND_PROXY, GATEHOUSE_SECRET, REDIS_URL: redis.url() };
        const start = () => startService({ target, database, env });
        instances = await Promise.all([start(), start()]);
      });

      const me = (client: Reachable, bearer: string) =>
        request(client, 'GET', '/oauth/me', { bearer });

      it('cost what one costs: for an address, also in parallel (S-27, S-32)', async () => {
        const user = await signUp(instance(0));
        const answers = await inParallel(50, (index) => attempt(instance(index), user.email));
        expect(outcomes(answers).toSorted()).toEqual([
          ...times(5, '403 40102'),
          ...times(45, '429 42901'),
        ]);
        for (const index of [0, 1]) {
          const right = await attempt(instance(index), user.email, user.password);
          expect(outcome(right)).toBe('429 42901');
        }
      });

      it('cost what one costs: for a network, by passwords and API keys (S-25, S-28, S-32)', async () => {
        const address = newAddress();
        const key = await newKey(instance(0), await newOwner(instance(0)));
        const wrong = (index: number): Promise<HttpResponse> =>
          index % 4 < 2
            ? attempt(instance(index, address), `nobody-${randomUUID()}@example.com`)
            : me(instance(index, address), `${key.key}.wrong`);
        const answers = await inOrder(54, wrong);
        const refused = outcomes(answers).filter((each) => each === '429 42901');
        expect(refused).toHaveLength(4);
        expect(outcomes(answers.slice(50))).toEqual(times(4, '429 42901'));
        expect(outcome(await me(instance(1, address), key.apiKey))).toBe('200');
      });

      it('know a network that the other saw a sign-in from, and a success for both (S-26, S-31)', async () => {
        const address = newAddress();
        const user = await newOwner(instance(0, address));
        await inParallel(8, (index) => attempt(instance(index), user.email));
        const usual = await attempt(instance(1, address), user.email, user.password);
        expect(outcome(usual)).toBe('200');
        const other = await signUp(instance(0));
        await inOrder(4, (index) => attempt(instance(index), other.email));
        expect(outcome(await attempt(instance(0), other.email, other.password))).toBe('200');
        const again = await inOrder(6, (index) => attempt(instance(index), other.email));
        expect(outcomes(again)).toEqual([...times(5, '403 40102'), '429 42901']);
      });

      it('answer 503 to passwords and API keys, and nothing else, while Redis is away (S-32, S-202)', async () => {
        const address = newAddress();
        const usual = instance(0, address);
        const user = await newOwner(usual);
        const key = await newKey(usual, user);
        const ended = await newOwner(usual);
        expect(outcome(await me(usual, key.apiKey))).toBe('200');
        expect(outcome(await me(instance(1), ended.bearer))).toBe('200');
        await redis.kill();
        // A key that was verified a moment ago is not checked.
        expect(outcome(await me(usual, key.apiKey))).toBe('200');
        const password = { current_password: user.password, new_password: user.password };
        const checks = [
          () => attempt(usual, user.email, user.password),
          () => attempt(usual, user.email),
          () => attempt(instance(1), newSignUp().email_address),
          () => me(instance(1), `${key.key}.wrong`),
          () => me(instance(1), key.apiKey),
          () => attempt(instance(1), key.key, key.secret),
          () =>
            request(usual, 'PUT', '/api/v1/account/user/me/password', {
              bearer: user.bearer,
              json: password,
            }),
        ];
        // Until each instance has noticed it.
        await eventually(async () => {
          for (const check of checks) expect(outcome(await check())).toBe('503 50301');
        });
        expect((await attempt(usual, user.email)).headers.get('retry-after')).toMatch(/^\d+$/);
        for (const index of [0, 1]) {
          expect(outcome(await me(instance(index), user.bearer))).toBe('200');
          expect((await request(instance(index), 'GET', '/health/live')).status).toBe(200);
          expect((await request(instance(index), 'GET', '/health/ready')).status).toBe(503);
        }
        expect(outcome(await refresh(instance(1), user.tokens.refresh_token))).toBe('200');
        await signUp(instance(0));
        await newKey(instance(0), user);
        // What is revoked meanwhile stays so.
        expect(outcome(await revoke(instance(0), ended.tokens))).toBe('200');
        await withinBound(async () =>
          expect(outcome(await me(instance(1), ended.bearer))).toBe('401 40103'),
        );

        await redis.start();
        await eventually(async () => {
          for (const index of [0, 1]) {
            const right = await attempt(instance(index, address), user.email, user.password);
            expect(outcome(right)).toBe('200');
            expect(outcome(await me(instance(index), key.apiKey))).toBe('200');
            expect((await request(instance(index), 'GET', '/health/ready')).status).toBe(200);
          }
        });
        for (const { exitCode } of instances) expect(exitCode).toBeUndefined();
      });
    },
    { databases: ['sqlite'], adapters: ['fastify'] },
  );
});
