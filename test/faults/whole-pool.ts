import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestDatabase } from '../support/database.js';
import { request, type Reachable } from '../support/http.js';
import { eventually } from '../support/patience.js';
import type { ServerKind } from '../support/servers.js';
import { inParallel } from '../support/sessions.js';
import { connectTo, ENGINES } from './engines.js';

/** The service's pool (server/database). */
const POOL_SIZE = 10;
const REQUESTS = POOL_SIZE + 5;
const PAUSE_MS = 20;

/**
 * Expects that every place of the pool has a usable connection: more requests than places wait together for a lock, and
 * all are answered once it is released (S-175).
 *
 * @param user a signed-in user who may list users
 */
export async function expectWholePool(
  service: Reachable,
  database: TestDatabase,
  { bearer }: { readonly bearer: string },
): Promise<void> {
  const { lockUsers, waitingForTable } = ENGINES[database.kind as ServerKind];
  const listAll = () =>
    inParallel(REQUESTS, (index) =>
      request(service, 'GET', `/api/v1/account/user?limit=${index + 1}`, { bearer }),
    );
  await eventually(async () => {
    // Now the token is cached, so that each request waits with its own statement.
    expect((await request(service, 'GET', '/oauth/me', { bearer })).status).toBe(200);
    const holder = await connectTo(database);
    await holder.query(lockUsers);
    let isAnswered = false;
    const answers = listAll().finally(() => (isAnswered = true));
    let most = 0;
    while (!isAnswered && most < POOL_SIZE) {
      most = Math.max(most, (await database.query(waitingForTable)).length);
      await sleep(PAUSE_MS);
    }
    await holder.close();
    for (const { status, text } of await answers) {
      expect([text, [200, 503].includes(status)]).toEqual([text, true]);
    }
    expect(most).toBe(POOL_SIZE);
  });
  await eventually(async () => {
    for (const { status, text } of await listAll()) expect([text, status]).toEqual([text, 200]);
  });
}
