// The real SignUpService over tables in memory.
import type { EntityManager } from 'typeorm';
import { DEFAULT_OPTIONS } from './default-options.js';
import { driverError } from './data-source.js';
import { SetClock } from './unit.js';
import type { Account } from '../../src/accounts/account.entity.js';
import type { AccountsRepository } from '../../src/accounts/accounts.repository.js';
import type { ActorAuthorization } from '../../src/accounts/actor-authorization.js';
import { AccountsService } from '../../src/accounts/accounts.service.js';
import { BcryptPasswordHasher } from '../../src/common/crypto/bcrypt-password-hasher.js';
import type { Database } from '../../src/database/database.js';
import type { NewEvent } from '../../src/events/gatehouse-event.js';
import type { OneTimeLink } from '../../src/links/one-time-link.entity.js';
import type { OneTimeLinks } from '../../src/links/one-time-links.js';
import type { SignUpDto } from '../../src/users/dto/sign-up.dto.js';
import type { ActionLimits } from '../../src/throttling/action-limits.js';
import type { EmailVerifications } from '../../src/users/email-verifications.js';
import type { FamiliarNetworks } from '../../src/users/familiar-networks.js';
import { BreachChecks } from '../../src/users/breach-checks.js';
import { NewPasswords } from '../../src/users/new-passwords.js';
import { NewUsers } from '../../src/users/new-users.js';
import type { SignUpRule } from '../../src/users/sign-up-rule.js';
import { SignUpService } from '../../src/users/sign-up.service.js';
import type { User } from '../../src/users/user.entity.js';
import type { UsersRepository } from '../../src/users/users.repository.js';

export const SIGN_UP: SignUpDto = {
  account_name: 'Lovelace Analytics',
  full_name: 'Ada Lovelace',
  email_address: 'Ada@Example.com',
  password: 'three grey geese in a green field',
  country: 'GBR',
  terms: true,
};

class CountingHasher extends BcryptPasswordHasher {
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

/** The real service over tables in memory, whose failed transactions roll everything back. */
export class SignUpBench {
  readonly clock = new SetClock();
  readonly hasher = new CountingHasher();
  readonly events: NewEvent[] = [];
  /** Users for whom a link was stored. */
  readonly links: string[] = [];
  /** Whether letters are within their limit. */
  admitsLetters = true;
  /** Statements on familiar networks: each that was recorded, and each that was looked for. */
  readonly networks: (readonly ['recorded' | 'found', string])[] = [];
  rows: Rows = { accounts: [], users: [] };
  transactions = 0;
  /** Networks whose sign-ups were counted. */
  readonly counted: string[] = [];
  private readonly limits = {
    count: (_action: 'sign_up', { network }: { network: string }) =>
      Promise.resolve(void this.counted.push(network)),
    allows: () => Promise.resolve(this.admitsLetters),
  };
  /** Throws in place of a transaction. */
  fault: (() => never) | undefined;
  readonly service: SignUpService;

  constructor(allowSignUp?: SignUpRule) {
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
      findByCanonicalEmail: (address: string) =>
        Promise.resolve(this.rows.users.find((user) => user.canonicalEmail === address) ?? null),
      isEmpty: () => Promise.resolve(this.rows.users.length === 0),
    } as unknown as UsersRepository;
    const database = {
      read: (work: (manager: EntityManager) => unknown) => work({} as EntityManager),
      transaction: async (
        work: (manager: EntityManager) => Promise<unknown>,
        _findOut: unknown,
        _changed: unknown,
        eventsOf: (result: unknown) => NewEvent[],
      ) => {
        this.transactions++;
        this.fault?.();
        const before = { accounts: [...this.rows.accounts], users: [...this.rows.users] };
        try {
          const result = await work({} as EntityManager);
          this.events.push(...eventsOf(result));
          return result;
        } catch (error) {
          this.rows = before;
          throw error;
        }
      },
    } as unknown as Database;
    // A sign-up has no acting principal.
    const authorization: unknown = {};
    const accountsService = new AccountsService(
      accounts,
      authorization as ActorAuthorization,
      database,
      this.clock,
    );
    const networks = {
      recordFirst: (_userId: string, address: string) =>
        Promise.resolve(void this.networks.push(['recorded', address])),
      find: (_userId: undefined, address: string) =>
        Promise.resolve(void this.networks.push(['found', address])),
    };
    const verifications = {
      prepare: ({ id: userId, accountId }: User) => ({ id: 'link', userId, accountId }),
    };
    const links = {
      addFirst: ({ userId }: OneTimeLink) => Promise.resolve(void this.links.push(userId)),
    };
    this.service = new SignUpService(
      accountsService,
      users,
      new NewUsers(
        new NewPasswords(
          DEFAULT_OPTIONS.users,
          this.hasher,
          new BreachChecks(DEFAULT_OPTIONS.users),
        ),
        this.clock,
      ),
      networks as unknown as FamiliarNetworks,
      this.limits as unknown as ActionLimits,
      database,
      verifications as unknown as EmailVerifications,
      links as unknown as OneTimeLinks,
      { ...DEFAULT_OPTIONS.users, allowSignUp },
    );
  }
}
