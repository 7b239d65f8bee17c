import { describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { driverError } from '../../test/support/data-source.js';
import { codeOf, refusalOf, SetClock } from '../../test/support/unit.js';
import type { Account } from '../accounts/account.entity.js';
import type { AccountsRepository } from '../accounts/accounts.repository.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { PasswordHasher } from '../common/crypto/password-hasher.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { AuditEvent, AuditLog } from '../common/logging/audit-log.js';
import type { Database } from '../database/database.js';
import type { SignUpDto } from './dto/sign-up.dto.js';
import { SignUpService } from './sign-up.service.js';
import type { User } from './user.entity.js';
import type { UsersRepository } from './users.repository.js';

const DTO: SignUpDto = {
  account_name: 'Lovelace Analytics',
  full_name: 'Ada Lovelace',
  email_address: 'Ada@Example.com',
  password: 'three grey geese in a green field',
  country: 'GBR',
  terms: true,
};
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

class CountingHasher extends PasswordHasher {
  runs = 0;

  constructor() {
    super({ cost: 4, peppers: [Buffer.alloc(32, 1)], concurrency: 1, maxWaitMs: 4000 });
  }

  override hash(password: string): Promise<string> {
    this.runs++;
    return super.hash(password);
  }
}

type Rows = { accounts: Account[]; users: User[] };

/** The real service over tables in memory, whose transactions undo everything when they fail. */
class Bench {
  readonly clock = new SetClock();
  readonly hasher = new CountingHasher();
  readonly events: AuditEvent[] = [];
  rows: Rows = { accounts: [], users: [] };
  transactions = 0;
  /** Instead of a transaction. */
  fault: (() => never) | undefined;
  readonly service: SignUpService;

  constructor() {
    const accounts = {
      insert: (account: Account) => Promise.resolve(void this.rows.accounts.push(account)),
      exists: (id: string) =>
        Promise.resolve(this.rows.accounts.some((account) => account.id === id)),
    } as unknown as AccountsRepository;
    const users = {
      insert: (user: User) => {
        const isTaken = this.rows.users.some(
          ({ canonicalEmail }) => canonicalEmail === user.canonicalEmail,
        );
        if (isTaken) return Promise.reject(driverError('ER_DUP_ENTRY', { errno: 1062 }));
        return Promise.resolve(void this.rows.users.push(user));
      },
      isEmpty: () => Promise.resolve(this.rows.users.length === 0),
    } as unknown as UsersRepository;
    const database = {
      read: (work: (manager: EntityManager) => unknown) => work({} as EntityManager),
      transaction: async (work: (manager: EntityManager) => Promise<unknown>) => {
        this.transactions++;
        this.fault?.();
        const before = { accounts: [...this.rows.accounts], users: [...this.rows.users] };
        try {
          return await work({} as EntityManager);
        } catch (error) {
          this.rows = before;
          throw error;
        }
      },
    } as unknown as Database;
    const audit = { record: (event: AuditEvent) => void this.events.push(event) } as AuditLog;
    const accountsService = new AccountsService(accounts, this.clock);
    this.service = new SignUpService(
      { passwordMinLength: 15 },
      accountsService,
      users,
      this.hasher,
      database,
      this.clock,
      audit,
    );
  }
}

describe('SignUpService.signUp', () => {
  it('makes an account and its owner', async () => {
    const bench = new Bench();
    const id = await bench.service.signUp(DTO);
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
      { event: 'account.created', accountId: id, userId: bench.rows.users[0]?.id },
    ]);
    expect(JSON.stringify(bench.rows)).not.toContain(DTO.password);
  });

  it('answers a taken address like a free one after the same work, and makes nothing (S-20)', async () => {
    const bench = new Bench();
    const first = await bench.service.signUp(DTO);
    const before = structuredClone(bench.rows);
    for (const email_address of ['Ada@Example.com', 'ada@example.com', 'ADA@EXAMPLE.COM']) {
      const [hashes, transactions] = [bench.hasher.runs, bench.transactions];
      const id = await bench.service.signUp({ ...DTO, email_address });
      expect(id).toMatch(UUID);
      expect(id).not.toBe(first);
      expect([bench.hasher.runs - hashes, bench.transactions - transactions]).toEqual([1, 1]);
    }
    expect(bench.rows).toEqual(before);
    expect(bench.events).toHaveLength(1);
  });

  it.each([
    ['a short password', { password: 'short' }, 'password'],
    ['a common password', { password: 'passwordpassword' }, 'password'],
    ['the account name', { password: 'lovelace analytics' }, 'password'],
    ['1,025 bytes of password', { password: 'ab'.repeat(513) }, 'password'],
    ['no address', { email_address: 'ada@exa mple.com' }, 'email_address'],
  ])(
    'refuses %s alike for a taken and a free address, before any hashing (S-04, S-09, S-20)',
    async (_, change, field) => {
      const bench = new Bench();
      const refuse = () => refusalOf(() => bench.service.signUp({ ...DTO, ...change }));
      const free = await refuse();
      await bench.service.signUp(DTO);
      const runs = bench.hasher.runs;
      const taken = await refuse();
      expect(taken.errors).toEqual(free.errors);
      expect([free.entry.code, free.errors?.[0]?.field, bench.hasher.runs]).toEqual([
        40001,
        field,
        runs,
      ]);
      expect(JSON.stringify(free.errors)).not.toContain('passwordpassword');
    },
  );

  it('does not take a database that is away for a taken address (S-178)', async () => {
    const bench = new Bench();
    bench.fault = () => {
      throw new CodedException(ERROR.UNAVAILABLE);
    };
    expect(await codeOf(() => bench.service.signUp(DTO))).toBe(50301);
    bench.fault = () => {
      throw new Error('a bug');
    };
    await expect(bench.service.signUp(DTO)).rejects.toThrow('a bug');
    expect(bench.events).toEqual([]);
  });

  it.each([
    ['Ada', 'Ada', ''],
    [' Ada  King \u00a0 Lovelace ', 'Ada', 'King Lovelace'],
    ['李 小龍', '李', '小龍'],
  ])('takes the name %j apart', async (full_name, firstName, surname) => {
    const bench = new Bench();
    await bench.service.signUp({ ...DTO, full_name });
    expect(bench.rows.users).toMatchObject([{ firstName, surname }]);
  });
});

describe('SignUpService.createFirstOwner', () => {
  const OWNER = {
    accountName: 'x',
    fullName: 'Ada',
    emailAddress: 'owner@example.com',
    password: DTO.password,
    country: 'GBR',
    planId: null,
  };

  it('makes one owner in an empty database, and none in any other (S-16)', async () => {
    const bench = new Bench();
    expect(await bench.service.createFirstOwner(OWNER)).toBe(true);
    expect(
      await bench.service.createFirstOwner({ ...OWNER, emailAddress: 'other@example.com' }),
    ).toBe(false);
    expect(bench.rows.users).toHaveLength(1);
  });

  it('makes one owner when two start at once (S-16)', async () => {
    const bench = new Bench();
    const made = await Promise.all([
      bench.service.createFirstOwner(OWNER),
      bench.service.createFirstOwner(OWNER),
    ]);
    expect(made.toSorted()).toEqual([false, true]);
    expect(bench.rows.users).toHaveLength(1);
  });

  it('takes no weak password for it (S-01, S-16)', async () => {
    const bench = new Bench();
    expect(
      await codeOf(() => bench.service.createFirstOwner({ ...OWNER, password: 'admin' })),
    ).toBe(40001);
    expect(bench.rows.users).toEqual([]);
  });
});
