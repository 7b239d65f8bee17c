import { describe, expect, it } from '@jest/globals';
import { SIGN_UP, SignUpBench } from '../../test/support/sign-up.js';
import { CLIENT } from '../../test/support/unit-sessions.js';
import { codeOf, refusalOf } from '../../test/support/unit.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('SignUpService.signUp', () => {
  it('creates an account and its owner', async () => {
    const bench = new SignUpBench();
    const id = await bench.service.signUp(SIGN_UP, CLIENT);
    expect(bench.rows.accounts).toMatchObject([
      { id, name: 'Lovelace Analytics', country: 'GBR', isActive: true, isVerified: false },
    ]);
    expect(bench.rows.users).toMatchObject([
      {
        accountId: id,
        emailAddress: 'Ada@Example.com',
        canonicalEmail: 'ada@example.com',
        firstName: 'Ada',
        surname: 'Lovelace',
        role: 'owner',
        isActive: true,
        isVerified: false,
      },
    ]);
    expect(bench.events).toEqual([
      {
        name: 'account.created',
        accountId: id,
        actorId: 'anonymous',
        actorType: 'anonymous',
        userId: bench.rows.users[0]?.id,
        clientAddress: CLIENT.address,
        requestId: CLIENT.requestId,
      },
      {
        name: 'email.verification_requested',
        accountId: id,
        actorId: 'anonymous',
        actorType: 'anonymous',
        userId: bench.rows.users[0]?.id,
        linkId: 'link',
        clientAddress: CLIENT.address,
        requestId: CLIENT.requestId,
      },
    ]);
    expect(bench.links).toEqual([bench.rows.users[0]?.id]);
    expect(JSON.stringify(bench.rows)).not.toContain(SIGN_UP.password);
  });

  it('answers an address in use like a free one after the same work, and creates nothing (S-20)', async () => {
    const bench = new SignUpBench();
    const first = await bench.service.signUp(SIGN_UP, CLIENT);
    const before = structuredClone(bench.rows);
    for (const email_address of ['Ada@Example.com', 'ada@example.com', 'ADA@EXAMPLE.COM']) {
      const [hashes, transactions] = [bench.hasher.runs, bench.transactions];
      const id = await bench.service.signUp({ ...SIGN_UP, email_address }, CLIENT);
      expect(id).toMatch(UUID);
      expect(id).not.toBe(first);
      // One that fails, and one that records the event.
      expect([bench.hasher.runs - hashes, bench.transactions - transactions]).toEqual([1, 2]);
    }
    expect(bench.rows).toEqual(before);
    const [holder] = before.users;
    expect(bench.events.slice(2)).toMatchObject(
      Array.from({ length: 3 }, () => ({
        name: 'sign_up.repeated',
        actorId: 'anonymous',
        accountId: first,
        userId: holder?.id,
        clientAddress: CLIENT.address,
      })),
    );
    expect(bench.links).toEqual([holder?.id]);
    // Each counts for its network (S-33).
    expect(bench.counted).toEqual(Array.from({ length: 4 }, () => CLIENT.address));
  });

  it.each([
    ['a short password', { password: 'short' }, 'password'],
    ['a common password', { password: 'passwordpassword' }, 'password'],
    ['the account name', { password: 'lovelace analytics' }, 'password'],
    ['1,025 bytes of password', { password: 'ab'.repeat(513) }, 'password'],
    ['no address', { email_address: 'ada@exa mple.com' }, 'email_address'],
    ['an invisible character', { email_address: 'Ada\u200b@Example.com' }, 'email_address'],
    [
      'an invisible character in the domain',
      { email_address: 'ada@exa\u00admple.com' },
      'email_address',
    ],
  ])(
    'refuses %s alike for a taken and a free address, before any hashing (S-04, S-09, S-20, S-212)',
    async (_, change, field) => {
      const bench = new SignUpBench();
      const refuse = () => refusalOf(() => bench.service.signUp({ ...SIGN_UP, ...change }, CLIENT));
      const free = await refuse();
      await bench.service.signUp(SIGN_UP, CLIENT);
      const runs = bench.hasher.runs;
      const taken = await refuse();
      expect(taken.errors).toEqual(free.errors);
      expect([free.entry.code, free.errors?.[0]?.field, bench.hasher.runs]).toEqual([
        40001,
        field,
        runs,
      ]);
      expect(JSON.stringify(free.errors)).not.toContain('passwordpassword');
      // It may be corrected as often as it takes; only the valid one counted.
      expect(bench.counted).toHaveLength(1);
    },
  );

  it('does not mistake an unavailable database for an address in use (S-178)', async () => {
    const bench = new SignUpBench();
    bench.fault = () => {
      throw new CodedException(ERROR.UNAVAILABLE);
    };
    expect(await codeOf(() => bench.service.signUp(SIGN_UP, CLIENT))).toBe(50301);
    bench.fault = () => {
      throw new Error('a bug');
    };
    await expect(bench.service.signUp(SIGN_UP, CLIENT)).rejects.toThrow('a bug');
    expect(bench.events).toEqual([]);
  });

  it.each([
    ['Ada', 'Ada', ''],
    [' Ada  King \u00a0 Lovelace ', 'Ada', 'King Lovelace'],
    ['李 小龍', '李', '小龍'],
  ])('splits the name %j', async (full_name, firstName, surname) => {
    const bench = new SignUpBench();
    await bench.service.signUp({ ...SIGN_UP, full_name }, CLIENT);
    expect(bench.rows.users).toMatchObject([{ firstName, surname }]);
  });
});

describe('SignUpService.signUp with a rule of the host', () => {
  const candidate = {
    accountName: 'Lovelace Analytics',
    fullName: 'Ada Lovelace',
    emailAddress: 'ada@example.com',
    country: 'GBR',
    planId: null,
  };

  it('asks with the canonical address and without the password', async () => {
    const asked: object[] = [];
    const bench = new SignUpBench((each) => asked.push(each) > 0);
    await bench.service.signUp(SIGN_UP, CLIENT);
    expect(asked).toEqual([candidate]);
    expect(bench.rows.users).toHaveLength(1);
  });

  it.each([
    ['false', () => false],
    ['a promise of false', () => Promise.resolve(false)],
    ['nothing', () => undefined as never],
    ['a text', () => 'yes' as never],
  ])('refuses on %s, before any hashing: 40304', async (_, allow) => {
    const bench = new SignUpBench(allow);
    expect(await codeOf(() => bench.service.signUp(SIGN_UP, CLIENT))).toBe(40304);
    expect([bench.hasher.runs, bench.transactions]).toEqual([0, 0]);
  });

  it.each([
    ['an error', new Error('the directory is away')],
    ['an error with a status', Object.assign(new Error('not found'), { status: 404 })],
    ['a refusal of its own', new CodedException(ERROR.SCOPE_INSUFFICIENT)],
  ])('creates nothing on %s: 50001', async (_, error) => {
    const bench = new SignUpBench(() => Promise.reject(error));
    expect(await codeOf(() => bench.service.signUp(SIGN_UP, CLIENT))).toBe(50001);
    expect(bench.rows).toEqual({ accounts: [], users: [] });
  });

  it('answers an address in use as it answers a free one (S-20)', async () => {
    let isOpen = true;
    const bench = new SignUpBench(() => isOpen);
    await bench.service.signUp(SIGN_UP, CLIENT);
    await bench.service.signUp(SIGN_UP, CLIENT);
    isOpen = false;
    expect(await codeOf(() => bench.service.signUp(SIGN_UP, CLIENT))).toBe(40304);
    expect(bench.rows.users).toHaveLength(1);
  });

  it('does not ask for accounts that the application opens', async () => {
    const bench = new SignUpBench(() => false);
    const owner = { firstName: 'Ada', surname: '', emailAddress: 'ada@example.com' };
    await bench.service.open({ name: 'A', country: 'GBR', planId: null }, owner);
    expect(bench.rows.users).toHaveLength(1);
  });
});

describe('SignUpService.signUp beyond the limit of letters (S-33)', () => {
  it('answers alike, and causes no letter', async () => {
    const bench = new SignUpBench();
    bench.admitsLetters = false;
    expect(await bench.service.signUp(SIGN_UP, CLIENT)).toMatch(UUID);
    expect(await bench.service.signUp(SIGN_UP, CLIENT)).toMatch(UUID);
    expect(bench.rows.users).toHaveLength(1);
    expect(bench.links).toEqual([]);
    expect(bench.events.map(({ name }) => name)).toEqual(['account.created']);
  });
});

describe('SignUpService.open', () => {
  it('asks nobody to confirm an address, which the application knows', async () => {
    const bench = new SignUpBench();
    const owner = { firstName: 'Ada', surname: '', emailAddress: 'ada@example.com' };
    await bench.service.open({ name: 'A', country: 'GBR', planId: null }, owner);
    expect(bench.links).toEqual([]);
    expect(bench.events.map(({ name }) => name)).toEqual(['account.created']);
  });

  it('stores no other property of an object that the application passes', async () => {
    const bench = new SignUpBench();
    const owner = {
      firstName: 'Ada',
      surname: 'Lovelace',
      emailAddress: 'ada@example.com',
      id: 'of the application',
      isVerified: true,
    };
    const { userId } = await bench.service.open({ name: 'A', country: 'GBR', planId: null }, owner);
    expect(userId).toMatch(UUID);
    expect(bench.rows.users).toMatchObject([{ id: userId, isVerified: false }]);
  });
});

describe('SignUpService: an address with invisible characters', () => {
  it.each(['ada\u200b@example.com', ' ada@example.com', 'ada@exa\u200bmple.com'])(
    'refuses %j from the application and from the configuration (S-212)',
    async (emailAddress) => {
      const bench = new SignUpBench();
      const account = { name: 'A', country: 'GBR', planId: null };
      const owner = { firstName: 'Ada', surname: '', emailAddress };
      expect(await codeOf(() => bench.service.open(account, owner))).toBe(40001);
      expect(await codeOf(() => bench.service.createFirstOwner(account, owner))).toBe(40001);
      expect(bench.rows.users).toEqual([]);
    },
  );
});

describe('SignUpService.createFirstOwner', () => {
  const ACCOUNT = { name: 'x', country: 'GBR', planId: null };
  const OWNER = {
    firstName: 'Ada',
    surname: '',
    emailAddress: 'owner@example.com',
    password: SIGN_UP.password,
  };

  it('creates one owner in an empty database, and none in any other (S-16)', async () => {
    const bench = new SignUpBench();
    expect(await bench.service.createFirstOwner(ACCOUNT, OWNER)).toBe(true);
    expect(
      await bench.service.createFirstOwner(ACCOUNT, {
        ...OWNER,
        emailAddress: 'other@example.com',
      }),
    ).toBe(false);
    expect(bench.rows.users).toHaveLength(1);
  });

  it('creates one owner when two starts run at the same time (S-16)', async () => {
    const bench = new SignUpBench();
    const made = await Promise.all([
      bench.service.createFirstOwner(ACCOUNT, OWNER),
      bench.service.createFirstOwner(ACCOUNT, OWNER),
    ]);
    expect(made.filter(Boolean)).toEqual([true]);
    expect(bench.rows.users).toHaveLength(1);
  });

  it('refuses a weak password (S-01, S-16)', async () => {
    const bench = new SignUpBench();
    expect(
      await codeOf(() => bench.service.createFirstOwner(ACCOUNT, { ...OWNER, password: 'admin' })),
    ).toBe(40001);
    expect(bench.rows.users).toEqual([]);
  });
});
