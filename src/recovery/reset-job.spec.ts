import { expect, it } from '@jest/globals';
import { DatabaseBench } from '../../test/support/data-source.js';
import { SetClock } from '../../test/support/unit.js';
import type { OneTimeLinks } from '../links/one-time-links.js';
import type { DurableJobs } from '../outbox/durable-jobs.js';
import type { User } from '../users/user.entity.js';
import type { UsersService } from '../users/users.service.js';
import { ResetJob } from './reset-job.js';

const HOUR_MS = 3_600_000;
const USER = {
  id: 'user-1',
  accountId: 'account-1',
  role: 'owner',
  emailAddress: 'ada@example.com',
  isActive: true,
  account: { isActive: true },
  passwordHash: 'hash',
} as User;

/** Does the job of a request, for a user who was changed so long after it. */
async function run(changedAfterMs: number, change: Partial<User> = {}): Promise<readonly string[]> {
  const { database, published } = new DatabaseBench();
  const clock = new SetClock();
  const at = clock.now() - 1000;
  const user = {
    ...USER,
    modifiedAt: at + changedAfterMs,
    ...change,
  };
  const users = {
    findByEmail: () => Promise.resolve(user),
    lock: () => Promise.resolve(user),
  } as unknown as UsersService;
  const links = {
    findIn: () => Promise.resolve(undefined),
    prepare: () => ({}),
    add: () => Promise.resolve(),
  } as unknown as OneTimeLinks;
  let job: (facts: Record<string, string>) => Promise<void> = () => Promise.resolve();
  const jobs = {
    handle: (_: string, handler: typeof job) => void (job = handler),
  } as unknown as DurableJobs;
  expect(new ResetJob(links, users, database, clock, jobs)).toBeDefined();
  await job({ linkId: 'link-1', address: 'ada@example.com', at: String(at) });
  return published;
}

it('makes a link for a user who has not changed since the request', async () => {
  expect(await run(-HOUR_MS)).toEqual(['password_reset.requested']);
});

it('makes none, when it is done again after a change, of which the link may have been the cause', async () => {
  expect(await run(500)).toEqual([]);
});

it('makes a link for a user who was changed before the clock was set back', async () => {
  expect(await run(HOUR_MS)).toEqual(['password_reset.requested']);
});

it('makes none for a user who may not sign in', async () => {
  for (const change of [{ isActive: false }, { passwordHash: null }]) {
    expect(await run(-HOUR_MS, change)).toEqual([]);
  }
});
