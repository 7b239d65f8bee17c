import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { clientOrigin, type ClientFacts } from '../common/client.decorator.js';
import { Turns } from '../common/turns.js';
import { Database } from '../database/database.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import { ENDED_BY_NEW_PASSWORD, type PASSWORD_LINKS } from '../links/link-purpose.js';
import type { OneTimeLink } from '../links/one-time-link.entity.js';
import { OneTimeLinks } from '../links/one-time-links.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { NewPasswords } from '../users/new-passwords.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { LinkAuthors } from './link-authors.js';
import { RefusedLinks } from './refused-links.js';

/** A password that a link is to set. */
export interface PasswordByLink {
  readonly purpose: (typeof PASSWORD_LINKS)[number];
  readonly token: string;
  readonly password: string;
  /** The name of the password's member in an error. */
  readonly field: 'password' | 'new_password';
}

const COMPLETIONS = {
  invitation: 'invitation.accepted',
  reset: 'password_reset.completed',
} as const;

/** Sets a password by a one-time link. */
@Injectable()
export class PasswordsByLink {
  /** By token: a flood with one link would otherwise hash a password for each of its requests. */
  private readonly turns = new Turns();

  constructor(
    private readonly links: OneTimeLinks,
    private readonly authors: LinkAuthors,
    private readonly refusedLinks: RefusedLinks,
    private readonly users: UsersService,
    private readonly newPasswords: NewPasswords,
    private readonly sessions: SessionsService,
    private readonly database: Database,
  ) {}

  /**
   * Sets the password of the link's user, uses the link up, and ends all sessions and all other links to set one (S-55,
   * S-110). Only for a valid link a password is checked and hashed, once at a time (S-08); a refused password leaves the
   * link as it is.
   *
   * @throws CodedException 40005 for a link that is unknown, used, expired or void; 40001 for the password; 42901; 50301
   */
  set(change: PasswordByLink, client: ClientFacts): Promise<void> {
    return this.turns.run(change.token, () => this.setInTurn(change, client));
  }

  private async setInTurn(
    { purpose, token, password, field }: PasswordByLink,
    client: ClientFacts,
  ): Promise<void> {
    const link = await this.links.find(purpose, token);
    if (!link) throw await this.refusedLinks.refusal(undefined, `no open ${purpose}`, client);
    const user = await this.users.findWithPassword(link.userId);
    if (!user || !fits(user, link)) {
      throw await this.refusedLinks.refusal(link, 'the user has changed', client);
    }
    const hash = await this.newPasswords.hash(password, field, {
      accountName: user.account?.name ?? '',
      emailAddress: user.emailAddress,
    });
    const outcome = await this.database.transaction(
      (manager) => this.use(link, hash, manager),
      async (manager) =>
        (await this.users.hasPassword(link.userId, hash, manager)) ? 'set' : undefined,
      [link.userId],
      (result) => (result === 'set' ? [completionOf(link, client)] : []),
    );
    if (outcome !== 'set') throw await this.refusedLinks.refusal(link, outcome, client);
  }

  /** @returns `set`, or why the link is refused; then it is void for good, whatever changes back */
  private async use(link: OneTimeLink, hash: string, manager: EntityManager): Promise<string> {
    const user = await this.authors.lock(link, manager);
    if (!(await this.links.consume(link, manager))) return 'used meanwhile';
    if (!user) return 'its author may no longer do this';
    if (!fits(user, link)) return 'the user has changed';
    await this.users.setPassword(user, hash, manager);
    await this.sessions.endAll({ type: 'user', id: user.id }, manager);
    await this.links.voidAll(user.id, manager, ENDED_BY_NEW_PASSWORD);
    return 'set';
  }
}

/** Whether the user is still the one that the link was made for. */
function fits(user: User, link: OneTimeLink): boolean {
  const isActive = user.isActive && user.account?.isActive === true;
  const isSame = user.accountId === link.accountId && user.role === link.role;
  return isActive && isSame && user.emailAddress === link.address;
}

/** By the user, whom the link has proved. */
function completionOf({ purpose, accountId, userId }: OneTimeLink, client: ClientFacts): NewEvent {
  const name = COMPLETIONS[purpose as PasswordByLink['purpose']];
  return {
    name,
    accountId,
    actorId: userId,
    actorType: 'user',
    ...clientOrigin(client),
    userId,
  };
}
