// The second door: for the tests of an embedding application.
import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Account } from './accounts/account.entity.js';
import { GATEHOUSE_DATA_SOURCE } from './database/data-source-token.js';
import {
  GatehouseService,
  type NewAccountOptions,
  type NewApiKeyOptions,
  type NewApiKeyResult,
  type NewUserOptions,
} from './gatehouse.service.js';
import type { Scope } from './scopes/define-scopes.js';
import { User } from './users/user.entity.js';

/** An account of a test, or its id in an object. */
export type TestAccount = Pick<Account, 'id'>;

/** Who a test's request is to come from. */
export interface TestCaller {
  /** A role of the application or of the account; default `owner`. */
  readonly role?: string;
  /** Exactly these scopes and what they include, in place of a role. */
  readonly scopes?: readonly Scope[];
  /** A new one where none is given. */
  readonly account?: TestAccount;
}

/** Credentials of a real user or key, from the real issuer. */
export interface TestCredentials {
  readonly account: TestAccount;
  /** Value of the header `Authorization`. */
  readonly authorization: string;
  /** The same as headers, for `fetch` or supertest. */
  readonly headers: { readonly authorization: string };
}

/** A signed-in user. */
export interface TestUser extends TestCredentials {
  readonly user: User;
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
}

/** An API key. */
export interface TestApiKey extends TestCredentials, NewApiKeyResult {}

/**
 * Callers and rows for a host's tests. Nothing is overridden: the guards check what they check in production.
 * No password is hashed unless a factory is given one.
 *
 * @example
 * const gatehouse = gatehouseTesting(app);
 * const clerk = await gatehouse.as({ role: 'clerk' });
 * await fetch(`${url}/orders`, { headers: clerk.headers });
 * @public
 */
export class GatehouseTesting {
  private readonly gatehouse: GatehouseService;
  private readonly dataSource: DataSource;

  /** @param app with one Gatehouse, initialised */
  constructor(app: INestApplicationContext) {
    this.gatehouse = app.get(GatehouseService, { strict: false });
    this.dataSource = app.get<DataSource>(GATEHOUSE_DATA_SOURCE, { strict: false });
  }

  /**
   * A signed-in user who holds a role, or exactly some scopes.
   *
   * @throws CodedException 40001 for an unknown role, 40004 for scopes that nobody of the account can hold
   */
  async as({ role = 'owner', scopes, account }: TestCaller = {}): Promise<TestUser> {
    const home = account ?? (await this.account()).account;
    const user =
      scopes || role === 'owner'
        ? await this.ownerOf(home)
        : await this.user({ account: home, role });
    const tokens = await this.gatehouse.createSession(user.id, scopes ? { scope: scopes } : {});
    const { accessToken, refreshToken } = tokens;
    return { account: home, user, accessToken, refreshToken, ...presented(accessToken) };
  }

  /**
   * An API key; `authorization` presents it as a bearer.
   *
   * @throws CodedException 40001 for a role that no key gets
   */
  async asApiKey(
    options: Partial<NewApiKeyOptions> & { account?: TestAccount } = {},
  ): Promise<TestApiKey> {
    const { account, ...facts } = options;
    const home = account ?? (await this.account()).account;
    const issued = await this.gatehouse.createApiKey(home.id, {
      name: 'Test key',
      role: 'read_only',
      ...facts,
    });
    return { account: home, ...issued, ...presented(`${issued.key}.${issued.secret}`) };
  }

  /** A new account and its owner, who has no password unless one is given. */
  account(
    overrides: Partial<Omit<NewAccountOptions, 'owner'>> & { owner?: Partial<NewUserOptions> } = {},
  ): Promise<{ account: Account; owner: User }> {
    const { owner, ...facts } = overrides;
    return this.gatehouse.createAccount({
      name: 'Test account',
      country: 'NLD',
      ...facts,
      owner: { ...newPerson(), ...owner },
    });
  }

  /** A new user, in a new account where none is given; default role `standard`. */
  async user(
    overrides: Partial<NewUserOptions> & { role?: string; account?: TestAccount } = {},
  ): Promise<User> {
    const { account, role = 'standard', ...facts } = overrides;
    const home = account ?? (await this.account()).account;
    return this.gatehouse.createUser(home.id, { ...newPerson(), role, ...facts });
  }

  private async ownerOf({ id }: TestAccount): Promise<User> {
    const owner = await this.dataSource.manager.findOneBy(User, { accountId: id, role: 'owner' });
    if (!owner) throw new Error(`there is no account ${id}`);
    return owner;
  }
}

/**
 * Callers and rows for the tests of an application; see {@link GatehouseTesting}.
 *
 * @public
 */
export function gatehouseTesting(app: INestApplicationContext): GatehouseTesting {
  return new GatehouseTesting(app);
}

function presented(token: string): Pick<TestCredentials, 'authorization' | 'headers'> {
  const authorization = `Bearer ${token}`;
  return { authorization, headers: { authorization } };
}

/** Addresses of `.test` reach nobody (RFC 2606 §2). */
function newPerson(): NewUserOptions {
  return { emailAddress: `${randomUUID()}@example.test`, firstName: 'Test', surname: 'User' };
}
