import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { DatabaseBench } from '../../test/support/data-source.js';
import { codeOf, SetClock } from '../../test/support/unit.js';
import type { Caller } from '../access/principal.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import type { OneTimeLinksRepository } from '../links/one-time-links.repository.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import type { ActionLimits } from '../throttling/action-limits.js';
import type { MemberAuthority } from '../users/member-authority.js';
import type { User } from '../users/user.entity.js';
import type { UsersService } from '../users/users.service.js';
import { ShownInvitations } from './shown-invitations.js';

const HOUR_MS = 3_600_000;
const USER = { id: 'user', accountId: 'a', role: 'standard', isActive: true } as User;
const CALLER = { id: 'admin', type: 'user', accountId: 'a' } as Caller;

function bench(sendsMail: boolean, history: Pick<User, 'passwordHash' | 'lastSignInAt'>) {
  const { database, published } = new DatabaseBench();
  const clock = new SetClock();
  const repository = {
    findOfUser: () => Promise.resolve([]),
    insert: () => Promise.resolve(),
  } as unknown as OneTimeLinksRepository;
  const options = {
    keys: [randomBytes(32)],
    publicUrl: 'https://auth.example.com',
    routePrefix: 'auth',
    pages: {},
  };
  const ended: string[] = [];
  const shown = new ShownInvitations(
    { sendsMail },
    {
      lock: () => Promise.resolve({ acting: CALLER, user: USER }),
      assertMayManage: () => Promise.resolve(),
    } as unknown as MemberAuthority,
    { lock: () => Promise.resolve({ ...USER, ...history }) } as unknown as UsersService,
    new OneTimeLinks(options, repository, database, clock),
    { endAll: ({ id }: User) => Promise.resolve(ended.push(id)) } as unknown as SessionsService,
    { count: () => Promise.resolve() } as unknown as ActionLimits,
    database,
  );
  return { shown, published, ended, clock };
}

describe('an invitation in the answer', () => {
  it.each([true, false])(
    'is for a user who never had a password or a session, with mail or without: %s',
    async (sendsMail) => {
      const { shown, published, ended, clock } = bench(sendsMail, {
        passwordHash: null,
        lastSignInAt: null,
      });
      const { url, token, expiresAt } = await shown.show(CALLER, USER.id);
      expect(url).toBe(`https://auth.example.com/auth/link/invitation?token=${token}`);
      expect(expiresAt - clock.now()).toBe(168 * HOUR_MS);
      expect([published, ended]).toEqual([['one_time_link.shown'], []]);
    },
  );

  it.each([
    ['a password', { passwordHash: 'hash', lastSignInAt: null }],
    ['had a session', { passwordHash: null, lastSignInAt: 1 }],
  ])('is for one who has %s only without mail, and ends the sessions', async (_, history) => {
    const withMail = bench(true, history);
    expect(await codeOf(() => withMail.shown.show(CALLER, USER.id))).toBe(40901);
    expect([withMail.published, withMail.ended]).toEqual([[], []]);

    const { shown, ended, clock } = bench(false, history);
    expect((await shown.show(CALLER, USER.id)).expiresAt - clock.now()).toBe(HOUR_MS);
    expect(ended).toEqual([USER.id]);
  });

  it('is for no API key', async () => {
    const { shown } = bench(false, { passwordHash: null, lastSignInAt: null });
    expect(await codeOf(() => shown.show({ ...CALLER, type: 'api_key' }, USER.id))).toBe(40302);
  });
});
