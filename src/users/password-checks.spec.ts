import { describe, expect, it } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../../test/support/default-options.js';
import { codeOf } from '../../test/support/unit.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { Origin } from '../common/transport/request-facts.js';
import type { EventBus } from '../events/event-bus.js';
import { ANONYMOUS, type NewEvent } from '../events/gatehouse-event.js';
import type {
  SignInAttempt,
  SignInSource,
  SignInThrottle,
} from '../throttling/sign-in-throttle.js';
import type { EmailVerifications } from './email-verifications.js';
import type { FamiliarNetworks } from './familiar-networks.js';
import { PasswordChecks, type PresentedPassword } from './password-checks.js';
import type { User } from './user.entity.js';
import type { UsersService } from './users.service.js';

const ORIGIN = { clientAddress: '192.0.2.7', requestId: 'request-1' };
const USER = {
  id: 'user-1',
  accountId: 'account-1',
  isActive: true,
  account: { isActive: true },
} as User;
const RIGHT = 'three grey geese in a green field';

/** The real service over a throttle and a hasher that note what is asked of them. */
class Bench {
  /** Everything that happens, in order. */
  readonly steps: string[] = [];
  readonly sources: SignInSource[] = [];
  readonly reports: (readonly NewEvent[])[] = [];
  /** Users who are sent a link, and for which request. */
  readonly asked: unknown[] = [];
  isFamiliar = false;
  onFailure: SignInAttempt['onFailure'];
  refusal: CodedException | undefined;
  busy: CodedException | undefined;
  readonly service: PasswordChecks;

  constructor(private readonly requiresVerifiedEmail = false) {
    const step = (name: string) => Promise.resolve(void this.steps.push(name));
    const users = {
      verifyPassword: async (user: User | null, password: string) => {
        await step('verify');
        if (this.busy) throw this.busy;
        return { isCorrect: user !== null && password === RIGHT, isOutdated: false };
      },
    };
    const networks = {
      find: async (userId: string | undefined) => {
        await step(`network of ${userId}`);
        return { digests: undefined, lastSignedInAt: undefined, isFamiliar: this.isFamiliar };
      },
    };
    const throttle = {
      attempt: async (source: SignInSource): Promise<SignInAttempt> => {
        this.sources.push(source);
        await step('attempt');
        if (this.refusal) throw this.refusal;
        const { onFailure } = this;
        const settle = (name: string) => () => step(name);
        return { onFailure, succeeded: settle('succeeded'), cancelled: settle('cancelled') };
      },
    };
    const events = {
      report: async (...reported: NewEvent[]) => {
        this.reports.push(reported);
        await step('report');
      },
    };
    const verifications = {
      requestAfterRefusal: ({ id }: User, origin: Origin) => this.asked.push([id, origin]),
    };
    this.service = new PasswordChecks(
      users as unknown as UsersService,
      networks as unknown as FamiliarNetworks,
      throttle as unknown as SignInThrottle,
      events as unknown as EventBus,
      verifications as unknown as EmailVerifications,
      { ...DEFAULT_OPTIONS.users, requiresVerifiedEmail: this.requiresVerifiedEmail },
    );
  }

  attempt(password: string, user: User | null = USER, address = 'Ada@Example.com') {
    return this.service.attempt(presented(password, user, address), ORIGIN);
  }

  /** The code of the refusal, and the steps. */
  async outcome(...parameters: Parameters<Bench['attempt']>): Promise<unknown[]> {
    this.steps.length = 0;
    const code = await codeOf(() => this.attempt(...parameters));
    return [code, ...this.steps];
  }
}

function presented(password: string, user: User | null, address: string): PresentedPassword {
  const named = { accountId: user?.accountId, userId: user?.id };
  const facts = { ...ANONYMOUS, ...named, ...ORIGIN };
  const refusal = (reason: string) => ({ name: 'sign_in.failed', ...facts, reason }) as const;
  return { user, address, password, refusesDisabled: true, refusal };
}

const TOO_MANY = new CodedException(ERROR.TOO_MANY_REQUESTS);

describe('PasswordChecks.attempt', () => {
  it('counts before it checks, in the same steps for an unknown user (S-18, S-27)', async () => {
    const bench = new Bench();
    expect(await bench.outcome(RIGHT)).toEqual([
      undefined,
      'network of user-1',
      'attempt',
      'verify',
      'succeeded',
    ]);
    const failed = ['attempt', 'verify', 'report'];
    expect(await bench.outcome('wrong')).toEqual([40102, 'network of user-1', ...failed]);
    expect(await bench.outcome(RIGHT, null)).toEqual([40102, 'network of undefined', ...failed]);
  });

  it.each([
    ['a user who is not active', { ...USER, isActive: false }],
    ['a user of an account that is not active', { ...USER, account: { isActive: false } } as User],
  ])('takes the right password of %s for a failure', async (_, user) => {
    const bench = new Bench();
    expect(await bench.outcome(RIGHT, user)).toEqual([
      40102,
      'network of user-1',
      'attempt',
      'verify',
      'report',
    ]);
    expect(bench.reports).toMatchObject([[{ reason: 'disabled' }]]);
  });

  it('takes the right password of an unconfirmed user for a failure where that is asked for, and sends a link', async () => {
    const bench = new Bench(true);
    const failed = [40102, 'network of user-1', 'attempt', 'verify', 'report'];
    const unconfirmed = { ...USER, isVerified: false };
    expect(await bench.outcome('wrong', unconfirmed)).toEqual(failed);
    expect(await bench.outcome(RIGHT, { ...unconfirmed, isActive: false })).toEqual(failed);
    expect(bench.asked).toEqual([]);
    expect(await bench.outcome(RIGHT, unconfirmed)).toEqual(failed);
    expect(bench.asked).toEqual([['user-1', ORIGIN]]);
    expect(bench.reports.at(-1)).toMatchObject([{ reason: 'address not confirmed' }]);
    expect((await bench.outcome(RIGHT, { ...USER, isVerified: true }))[0]).toBeUndefined();
    // Users who are signed in already confirm a change with it.
    const own = { ...presented(RIGHT, unconfirmed, 'ada@example.com'), refusesDisabled: false };
    expect(await codeOf(() => bench.service.attempt(own, ORIGIN))).toBeUndefined();
  });

  it('hashes nothing and reports nothing behind a limit (S-30, S-147)', async () => {
    const bench = new Bench();
    bench.refusal = TOO_MANY;
    expect(await bench.outcome(RIGHT)).toEqual([42901, 'network of user-1', 'attempt']);
  });

  it.each([
    ['42901 of the hash queue', TOO_MANY, 42901],
    ['503', new CodedException(ERROR.UNAVAILABLE), 50301],
  ])('gives an attempt back that ended with %s', async (_, busy, code) => {
    const bench = new Bench();
    bench.busy = busy;
    expect(await bench.outcome(RIGHT)).toEqual([
      code,
      'network of user-1',
      'attempt',
      'verify',
      'cancelled',
    ]);
  });

  it('counts by the canonical address, and a text that is none by itself (S-29)', async () => {
    const bench = new Bench();
    for (const address of ['ADA@example.com', 'ada@EXAMPLE.com', 'no address']) {
      await bench.outcome('wrong', USER, address);
    }
    const counted = bench.sources.map(({ address }) => address);
    expect(counted).toEqual(['ada@example.com', 'ada@example.com', 'no address']);
  });

  it('names the user to whom the network is familiar, and no other (S-26)', async () => {
    const bench = new Bench();
    await bench.outcome('wrong');
    bench.isFamiliar = true;
    await bench.outcome('wrong');
    expect(bench.sources.map(({ familiarTo }) => familiarTo)).toEqual([undefined, 'user-1']);
  });

  it('reports what begins with a failure, with the attempts that were refused before it (S-147)', async () => {
    const bench = new Bench();
    bench.refusal = TOO_MANY;
    for (let count = 0; count < 3; count++) await bench.outcome('wrong');
    bench.refusal = undefined;
    bench.onFailure = { of: 'address', begins: 'delay' };
    await bench.outcome('wrong');
    bench.onFailure = { of: 'address', begins: 'stop' };
    await bench.outcome('wrong');
    const throttled = { name: 'sign_in.throttled', userId: 'user-1', ...ORIGIN };
    expect(bench.reports).toMatchObject([
      [{ name: 'sign_in.failed' }, { ...throttled, reason: 'delay of the address', refused: 3 }],
      [{ name: 'sign_in.failed' }, { ...throttled, reason: 'stop of the address' }],
    ]);
    expect(bench.reports[1]?.[1]).toHaveProperty('refused', undefined);
  });

  it('names nobody in the event of a network', async () => {
    const bench = new Bench();
    bench.onFailure = { of: 'network', begins: 'delay' };
    await bench.outcome('wrong');
    expect(bench.reports[0]?.[1]).toEqual({
      name: 'sign_in.throttled',
      ...ANONYMOUS,
      ...ORIGIN,
      reason: 'delay of the network',
    });
  });
});

describe('PasswordChecks.check', () => {
  it('counts nothing, because its attempt has succeeded', async () => {
    const bench = new Bench();
    const again = (password: string) =>
      codeOf(() => bench.service.check(presented(password, USER, 'ada@example.com')));
    expect([await again(RIGHT), await again('wrong')]).toEqual([undefined, 40102]);
    expect(bench.steps).toEqual(['verify', 'verify', 'report']);
  });
});
