import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryDirectory } from '../support/cleanup.js';
import { request } from '../support/http.js';
import { newOwner } from '../support/members.js';
import { eventually } from '../support/patience.js';
import { startService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';

const LISTINGS = 500;
const AT_ONCE = 10;
const LIMIT_MS = 3 * 60_000;
const COLLECTED = 200;
const LIMITS = 100;

// better-sqlite3 12 ends Node 24.19 and later when a statement is garbage-collected; `npm test` runs this on Node 24.
describeTargets(
  'a service whose prepared statements are garbage-collected',
  (target) => {
    it(
      `answers ${LISTINGS} listings, and stays alive`,
      async () => {
        const watch = pathToFileURL(join(import.meta.dirname, '../support/statement-watch.mjs'));
        const count = join(temporaryDirectory('statements'), 'collected');
        const env = { NODE_OPTIONS: `--import=${watch.href}`, STATEMENT_WATCH_FILE: count };
        const service = await startService({ target, env });
        const { bearer } = await newOwner(service);
        const list = (index: number) =>
          request(service, 'GET', `/api/v1/account/user?limit=${1 + (index % LIMITS)}`, { bearer });

        const listMany = async (times: number): Promise<void> => {
          for (let listed = 0; listed < times; listed += AT_ONCE) {
            const lists = Array.from({ length: AT_ONCE }, (_, index) => list(listed + index));
            const statuses = (await Promise.all(lists)).map(({ status }) => status);
            expect(statuses).toEqual(statuses.map(() => 200));
          }
        };

        await listMany(LISTINGS);
        // When the garbage collector runs differs from one Node to the next.
        await eventually(async () => {
          await listMany(LIMITS);
          expect(Number(readFileSync(count, 'utf8'))).toBeGreaterThan(COLLECTED);
        });
        expect((await request(service, 'GET', '/health')).status).toBe(200);
        expect(await service.stop()).toBe(0);
      },
      LIMIT_MS,
    );
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);
