import { expect, it } from '@jest/globals';
import { DatabaseBench } from '../../test/support/data-source.js';
import { codeOf, SetClock } from '../../test/support/unit.js';
import type { Caller } from '../access/principal.js';
import type { ActorAuthorization } from '../accounts/actor-authorization.js';
import type { PasswordHasher } from '../common/crypto/password-hasher.js';
import type { OneTimeLinks } from '../links/one-time-links.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import type { BreachChecks } from './breach-checks.js';
import type { NewPasswords } from './new-passwords.js';
import { OwnPassword } from './own-password.js';
import { OwnUserService } from './own-user.service.js';
import type { PasswordChecks } from './password-checks.js';
import type { UsersRepository } from './users.repository.js';
import type { UsersService } from './users.service.js';

it('reports a password that was changed since its check (40102, S-147)', async () => {
  const bench = new DatabaseBench();
  const users = { findWithPassword: () => Promise.resolve(null) } as unknown as UsersService;
  const attempt = () => Promise.resolve({ user: { id: 'user-1' } });
  const checks = { attempt } as unknown as PasswordChecks;
  const own = new OwnUserService(
    { replaceHash: () => Promise.resolve(false) } as unknown as UsersRepository,
    { authorize: () => Promise.resolve() } as unknown as ActorAuthorization,
    new OwnPassword(users, checks, bench.events),
    { assertAcceptable: () => undefined } as unknown as NewPasswords,
    { assertNotBreached: () => Promise.resolve() } as unknown as BreachChecks,
    { hash: () => Promise.resolve('hash') } as unknown as PasswordHasher,
    {} as OneTimeLinks,
    {} as SessionsService,
    bench.database,
    new SetClock(),
  );
  const caller = { type: 'user', id: 'user-1', accountId: 'account-1', origin: {} } as Caller;
  expect(await codeOf(() => own.changePassword(caller, 'old password', 'new password'))).toBe(
    40102,
  );
  expect(bench.published).toEqual(['password.refused']);
});
