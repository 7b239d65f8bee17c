import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestDatabase } from '../support/database.js';
import { newSignUp, type Tokens } from '../support/factories.js';
import { request, type HttpResponse, type Reachable } from '../support/http.js';
import { newOwner, type Member } from '../support/members.js';
import { eventually } from '../support/patience.js';
import { countRows, inParallel, refresh } from '../support/sessions.js';

/** Of each kind of client. */
const CLIENTS = 4;
/** After a failure: while a server starts again, refusals would take both processors. */
const PAUSE_MS = 100;
/** Requests that must succeed before and after the fault: two of each client. */
const SUCCESSES = 2 * 3 * CLIENTS;

/** The answer to a request; `undefined` if the connection broke before it came. */
type Answer = HttpResponse | undefined;

/** Clients that send one request after another, while the test breaks the service or its database. */
export interface Load {
  /** Waits until as many further requests were refused with 503 or lost. */
  untilFailures(count: number): Promise<void>;
  /** Waits until as many further requests have succeeded. */
  untilSuccesses(count: number): Promise<void>;
  /** Ends the load; expects right answers, or 503, and that no acknowledged write is lost (S-176, S-177, S-178). */
  expectNoLoss(): Promise<void>;
}

/** A client that writes, and remembers what was acknowledged. */
interface Client {
  readonly act: () => Promise<Answer>;
  /** Expects everything that was acknowledged in the database. */
  readonly expectKept: () => Promise<void>;
}

export async function beginLoad(service: Reachable, database: TestDatabase): Promise<Load> {
  const clients: Client[] = [];
  for (let index = 0; index < CLIENTS; index++) {
    const [writer, refresher] = await inParallel(2, () => newOwner(service));
    if (!writer || !refresher) throw new Error('two owners are needed');
    clients.push(
      renaming(service, database, writer),
      creating(service, database, writer),
      refreshing(service, database, refresher),
    );
  }
  let [succeeded, failed, isOver] = [0, 0, false];
  const faults: string[] = [];
  const repeat = async ({ act }: Client): Promise<void> => {
    while (!isOver) {
      const answer = await act();
      if (answer && answer.status < 300) {
        succeeded++;
        continue;
      }
      failed++;
      if (answer && !isUnavailable(answer)) faults.push(`${answer.status} ${answer.text}`);
      await sleep(PAUSE_MS);
    }
  };
  const running = clients.map(repeat);
  const load: Load = {
    untilFailures: async (count) => {
      const goal = failed + count;
      await eventually(() => expect(failed).toBeGreaterThanOrEqual(goal));
    },
    untilSuccesses: async (count) => {
      const goal = succeeded + count;
      await eventually(() => expect(succeeded).toBeGreaterThanOrEqual(goal));
    },
    expectNoLoss: async () => {
      await load.untilSuccesses(SUCCESSES);
      isOver = true;
      await Promise.all(running);
      expect(faults).toEqual([]);
      for (const each of clients) await each.expectKept();
    },
  };
  await load.untilSuccesses(SUCCESSES);
  return load;
}

function isUnavailable({ status, body, headers }: HttpResponse): boolean {
  const retryAfter = headers.get('retry-after') ?? '';
  return status === 503 && body.code === 50301 && /^\d+$/.test(retryAfter);
}

function send(
  service: Reachable,
  [method, path]: readonly [string, string],
  bearer: string,
  json: object,
): Promise<Answer> {
  return request(service, method, path, { bearer, json }).catch(() => undefined);
}

/** Changes its own name: a transaction that updates. */
function renaming(service: Reachable, database: TestDatabase, { id, bearer }: Member): Client {
  let [sent, acknowledged] = [0, 0];
  return {
    act: async () => {
      const value = ++sent;
      const json = { surname: `Lovelace ${value}` };
      const answer = await send(service, ['PATCH', '/api/v1/account/user/me'], bearer, json);
      if (answer?.status === 200) acknowledged = value;
      return answer;
    },
    expectKept: async () => {
      const [row] = await database.query('SELECT surname FROM users WHERE id = ?', [id]);
      const stored = Number(/\d*$/.exec(row?.surname as string)?.[0]);
      expect(stored).toBeGreaterThanOrEqual(acknowledged);
      expect(stored).toBeLessThanOrEqual(sent);
    },
  };
}

/** Creates users: a transaction that inserts. */
function creating(service: Reachable, database: TestDatabase, { bearer }: Member): Client {
  const created: string[] = [];
  return {
    act: async () => {
      const { email_address } = newSignUp();
      const json = { email_address, first_name: 'Grace', surname: 'Hopper', role: 'standard' };
      const answer = await send(service, ['POST', '/api/v1/account/user'], bearer, json);
      if (answer?.status === 201) created.push(email_address);
      return answer;
    },
    expectKept: async () => {
      const condition = `canonical_email IN (${['?', ...created.map(() => '?')].join()})`;
      expect(await countRows(database, 'users', condition, ['', ...created])).toBe(created.length);
    },
  };
}

/** Rotates its refresh token: a statement that commits by itself. */
function refreshing(
  service: Reachable,
  database: TestDatabase,
  { accountId, tokens }: Member,
): Client {
  const all = [tokens.refresh_token];
  const rotate = () => refresh(service, all.at(-1) ?? '').catch(() => undefined);
  return {
    act: async () => {
      const answer = await rotate();
      if (answer?.status === 200) all.push((answer.body as Tokens).refresh_token);
      return answer;
    },
    expectKept: async () => {
      const [row] = await database.query(
        'SELECT generation FROM refresh_tokens WHERE account_id = ? AND revoked_at IS NULL',
        [accountId],
      );
      // A further rotation may have happened, whose answer was lost.
      expect(Number(row?.generation)).toBeGreaterThanOrEqual(new Set(all).size - 1);
      const again = await rotate();
      expect([again?.text, again?.status]).toEqual([again?.text, 200]);
    },
  };
}
