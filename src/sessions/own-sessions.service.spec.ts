import { expect, it } from '@jest/globals';
import { DatabaseBench, failing, LOST } from '../../test/support/data-source.js';
import { SetClock } from '../../test/support/unit.js';
import type { Principal } from '../access/principal.js';
import type { ActorAuthorization } from '../accounts/actor-authorization.js';
import { OwnSessionsService } from './own-sessions.service.js';
import { SessionRevocations } from './session-revocations.js';
import type { SessionsRepository } from './sessions.repository.js';

it('publishes the end of each session after a lost answer to the COMMIT (S-147, S-176)', async () => {
  const bench = new DatabaseBench();
  const clock = new SetClock();
  let live = ['session-1', 'session-2'];
  const repository = {
    findLiveIds: () => Promise.resolve(live),
    revokeOthers: () => Promise.resolve(void (live = [])),
  } as unknown as SessionsRepository;
  const revocations = new SessionRevocations(repository, clock);
  const authorization = {
    registerSessionLock: () => undefined,
    authorize: () => Promise.resolve(),
  } as unknown as ActorAuthorization;
  const { database } = bench;
  const own = new OwnSessionsService(repository, revocations, authorization, database, clock);
  bench.on = failing('commit', LOST);
  await own.endAll({ type: 'user', id: 'user-1', accountId: 'account-1' } as Principal, undefined);
  expect(bench.published).toEqual(['session.revoked', 'session.revoked']);
});
