import { beforeAll, expect, it } from '@jest/globals';
import { signIn, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { newOwner } from '../support/members.js';
import { eventually } from '../support/patience.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { inParallel } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';
import { connectTo, killConnections } from './engines.js';

/** As many as the pool has places. */
const CONNECTIONS = 10;

describeTargets(
  'a connection of the pool to PostgreSQL, after the former ones broke',
  (target) => {
    let service: SharedService;
    beforeAll(async () => {
      service = await sharedService(target);
      await killConnections(service.database);
    });

    it('waits for a lock for less time than an operation has, so that this is repeated (S-174, S-205)', async () => {
      const owners = await inParallel(CONNECTIONS, () => newOwner(service));
      // On a busy machine a wait may be over before it is seen.
      await eventually(async () => {
        const holders = await inParallel(CONNECTIONS, () => connectTo(service.database));
        /** The waits for each holder of a lock, by the holder's process. */
        const waits = new Map<number, Set<string>>();
        for (const [index, holder] of holders.entries()) {
          await holder.query('BEGIN');
          await holder.query('SELECT id FROM users WHERE id = ? FOR UPDATE', [owners[index]?.id]);
          const [row] = await holder.query('SELECT pg_backend_pid() AS pid');
          waits.set(row?.pid as number, new Set());
        }
        let isAnswered = false;
        const answers = Promise.all(
          owners.map(({ bearer }) =>
            request(service, 'PATCH', '/api/v1/account/user/me', {
              bearer,
              json: { surname: 'King' },
            }),
          ),
        ).finally(() => (isAnswered = true));
        const areRepeated = () => [...waits.values()].every(({ size }) => size > 1);
        while (!isAnswered && !areRepeated()) {
          const rows = await service.database.query(
            `SELECT unnest(pg_blocking_pids(pid)) AS holder, pid, query_start AS start
             FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          for (const { holder, pid, start } of rows) {
            waits.get(holder as number)?.add(`${pid} ${(start as Date).getTime()}`);
          }
        }
        for (const holder of holders) await holder.close();
        for (const { status, text } of await answers) {
          expect([text, [200, 503].includes(status)]).toEqual([text, true]);
        }
        expect([...waits.values()].map(({ size }) => size > 1)).toEqual(owners.map(() => true));
      });
    });

    it('ends a statement whose answer nobody waits for any more (S-205)', async () => {
      const user = await signUp(service);
      await service.database.load(
        `CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql
           AS $$ BEGIN PERFORM pg_sleep(3600); RETURN NEW; END $$;
         CREATE TRIGGER nap BEFORE INSERT ON refresh_tokens FOR EACH ROW
           WHEN (NEW.account_id = '${user.accountId}') EXECUTE FUNCTION nap()`,
      );
      try {
        const answer = await request(service, 'POST', '/oauth/token?grant_type=password', {
          basic: [user.email, user.password],
        });
        expect([answer.status, answer.body.code]).toEqual([503, 50301]);
        await eventually(async () => {
          const sleeping = await service.database.query(
            `SELECT pid FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event = 'PgSleep'`,
          );
          expect(sleeping).toEqual([]);
        });
      } finally {
        await killConnections(service.database);
        await service.database.query('DROP FUNCTION nap CASCADE');
      }
      await eventually(() => signIn(service, user));
    });
  },
  { databases: ['postgres'], adapters: ['fastify'] },
);
