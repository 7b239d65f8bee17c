import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { AccountsService, type NewAccount } from '../accounts/accounts.service.js';
import { clientOrigin, type ClientFacts } from '../common/client.decorator.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { isUniqueViolation } from '../database/database-errors.js';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Database } from '../database/database.js';
import { ANONYMOUS, APPLICATION, type NewEvent } from '../events/gatehouse-event.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { ActionLimits } from '../throttling/action-limits.js';
import type { SignUpDto } from './dto/sign-up.dto.js';
import { EmailVerifications, verificationRequested } from './email-verifications.js';
import type { NewPassword } from './new-passwords.js';
import { FamiliarNetworks } from './familiar-networks.js';
import { NewUsers } from './new-users.js';
import type { User } from './user.entity.js';
import type { SignUpCandidate, SignUpRule } from './sign-up-rule.js';
import { USERS_OPTIONS, type UsersOptions } from './users-options.js';
import { UsersRepository } from './users.repository.js';

/** The owner of an account to create. */
export interface NewOwner
  extends NewPassword, Pick<User, 'emailAddress' | 'firstName' | 'surname'> {}

type AccountFacts = Omit<NewAccount, 'id'>;

/** The actor that opens an account, and the request if there is one. */
type Author = Pick<NewEvent, 'actorId' | 'actorType' | 'clientAddress' | 'requestId'>;

/** Opens accounts: creates an account together with its owner, in one transaction. */
@Injectable()
export class SignUpService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly repository: UsersRepository,
    private readonly newUsers: NewUsers,
    private readonly networks: FamiliarNetworks,
    private readonly limits: ActionLimits,
    private readonly database: Database,
    private readonly verifications: EmailVerifications,
    private readonly links: OneTimeLinks,
    @Inject(USERS_OPTIONS) private readonly options: UsersOptions,
  ) {}

  /**
   * Opens an account for an anonymous client. An address in use gets the same answer after the same work, but nothing
   * is created (S-20).
   *
   * @returns the account's id; an id without an account when the address is in use
   * @throws CodedException 40001, 40304, 42901, 50001, 50301
   */
  async signUp(dto: SignUpDto, client: ClientFacts): Promise<string> {
    // Before the limit, so that a refused password counts as nothing.
    const facts = { emailAddress: dto.email_address, password: dto.password };
    const canonical = this.newUsers.assertAcceptable(facts, dto.account_name);
    await this.limits.count('sign_up', { network: client.address });
    await this.assertAllowed(dto, canonical);
    const account = { name: dto.account_name, country: dto.country, planId: dto.plan_id ?? null };
    const { email_address: emailAddress, password } = dto;
    const owner = { ...namesOf(dto.full_name), emailAddress, password };
    const id = randomUUID();
    const author = { ...ANONYMOUS, ...clientOrigin(client) };
    const isTold = await this.limits.allows('letter', { recipient: `sign-up ${canonical}` });
    try {
      await this.create({ id, ...account }, owner, author, { isTold });
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      await this.recordRepeated(canonical, author, isTold);
    }
    return id;
  }

  /**
   * Opens an account for the application.
   *
   * @param within the manager of a host's transaction
   * @throws CodedException 40001, 40901 for an address that is in use anywhere, 42901, 50301
   */
  async open(
    account: AccountFacts,
    owner: NewOwner,
    within?: EntityManager,
  ): Promise<{ readonly accountId: string; readonly userId: string }> {
    const accountId = randomUUID();
    try {
      const opened = { id: accountId, ...account };
      const userId = await this.create(opened, owner, APPLICATION, { within });
      return { accountId, userId };
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new CodedException(ERROR.RESOURCE_CONFLICT, { detail: 'address in use' });
    }
  }

  /**
   * Creates the first owner of an empty database; two concurrent starts create one.
   *
   * @returns whether this call created it
   * @throws CodedException 40001 when address or password is refused
   */
  async createFirstOwner(account: AccountFacts, owner: NewOwner): Promise<boolean> {
    const isEmpty = await this.database.read((manager) => this.repository.isEmpty(manager));
    if (!isEmpty) return false;
    try {
      await this.create({ id: randomUUID(), ...account }, owner, APPLICATION);
      return true;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      return false;
    }
  }

  /** Asks the host before any hashing, with the same question for an address in use (S-20). */
  private async assertAllowed(dto: SignUpDto, emailAddress: string): Promise<void> {
    const { allowSignUp: allow } = this.options;
    if (allow === undefined) return;
    if (!(await isAllowed(allow, { ...factsOf(dto), emailAddress }))) {
      throw new CodedException(ERROR.SIGN_UP_REFUSED);
    }
  }

  /**
   * Tells the user of an address, and nobody else, that it was used for another sign-up (contract §7). The transaction
   * costs about as much as the rest of one that creates an account (S-20).
   */
  private async recordRepeated(
    canonicalEmail: string,
    author: Author,
    isTold: boolean,
  ): Promise<void> {
    await this.database.transaction(
      (manager) => this.repository.findByCanonicalEmail(canonicalEmail, manager),
      // An event that was lost with the connection is recorded by the client's next attempt.
      (_manager, holder) => Promise.resolve(holder),
      NO_ACCESS,
      (holder) => (holder && isTold ? [signUpRepeated(holder, author)] : []),
    );
  }

  /**
   * @param options.isTold whether the owner is asked to confirm the address
   * @returns the owner's id
   */
  private async create(
    account: NewAccount,
    owner: NewOwner,
    author: Author,
    { isTold = false, within }: { isTold?: boolean; within?: EntityManager | undefined } = {},
  ): Promise<string> {
    const facts = { ...owner, accountId: account.id, role: 'owner' };
    const user = await this.newUsers.make(facts, account.name);
    const link = isTold ? this.verifications.prepare(user, author) : undefined;
    await this.database.transaction(
      async (manager) => {
        await this.accounts.create(account, manager);
        await this.repository.insert(user, manager);
        const { clientAddress } = author;
        if (clientAddress !== undefined) {
          await this.networks.recordFirst(user.id, clientAddress, manager);
        }
        if (link) await this.links.addFirst(link, manager);
      },
      async (manager) => ((await this.accounts.exists(account.id, manager)) ? null : undefined),
      NO_ACCESS,
      () => [
        { name: 'account.created', accountId: account.id, ...author, userId: user.id },
        ...(link ? [verificationRequested(link, author)] : []),
      ],
      within,
    );
    return user.id;
  }
}

async function isAllowed(allow: SignUpRule, candidate: SignUpCandidate): Promise<boolean> {
  try {
    const verdict: unknown = await allow(candidate);
    return verdict === true;
  } catch (cause) {
    // An error of the host's HTTP client may have a status of its own, which is not ours to answer.
    throw new CodedException(ERROR.INTERNAL, { cause, detail: 'signUp.allow failed' });
  }
}

function factsOf({ account_name, full_name, country, plan_id }: SignUpDto) {
  return { accountName: account_name, fullName: full_name, country, planId: plan_id ?? null };
}

/** Splits a full name into its first word and the rest. */
function namesOf(fullName: string): Pick<User, 'firstName' | 'surname'> {
  const [firstName = '', ...others] = fullName.trim().split(/\s+/);
  return { firstName, surname: others.join(' ') };
}

function signUpRepeated(
  { id: userId, accountId }: User,
  author: Author,
): NewEvent<'sign_up.repeated'> {
  return { name: 'sign_up.repeated', ...author, accountId, userId };
}
