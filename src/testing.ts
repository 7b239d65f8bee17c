// The public API of the package for the tests of a host application.
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

/** An account, or an object with its id. */
export type TestAccount = Pick<Account, 'id'>;

/** The caller that a test needs. */
export interface TestCaller {
  /** A role of the application or of the account; default `owner`. */
  readonly role?: string;
  /** Exactly these scopes and all that they include, in place of a role. */
  readonly scopes?: readonly Scope[];
  /** Account of the caller; without it a new one. */
  readonly account?: TestAccount;
}

/** Real credentials of a real user or key. */
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
 * Creates callers and rows for a host's tests. It overrides nothing: the guards check the same as in production.
 * It hashes no password unless a test gives one.
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

  /** @param app an initialised application with one Gatehouse */
  constructor(app: INestApplicationContext) {
    this.gatehouse = app.get(GatehouseService, { strict: false });
    this.dataSource = app.get<DataSource>(GATEHOUSE_DATA_SOURCE, { strict: false });
  }

  /**
   * Creates a signed-in user with a role, or with exactly some scopes.
   *
   * @throws CodedException 40001 for an unknown role, 40004 for scopes that the account's owner does not hold
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
   * Creates an API key; `authorization` presents it as a bearer token.
   *
   * @throws CodedException 40001 for a role that a key cannot have
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

  /** Creates an account and its owner, who has no password unless the test gives one. */
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

  /** Creates a user, in a new account unless the test gives one; default role `standard`. */
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
 * Creates callers and rows for the tests of an application; see {@link GatehouseTesting}.
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

/** Mail to an address in `.test` is never delivered (RFC 2606 §2). */
function newPerson(): NewUserOptions {
  return { emailAddress: `${randomUUID()}@example.test`, firstName: 'Test', surname: 'User' };
}
