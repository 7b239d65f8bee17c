import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccountScopes } from '../accounts/account-scopes.js';
import { CodedException } from '../common/errors/coded.exception.js';
import type { Origin } from '../common/transport/request-facts.js';
import { ERROR } from '../common/errors/error-codes.js';
import { EventBus } from '../events/event-bus.js';
import { openedScopes, type OpenedScopes } from '../scopes/opened-scopes.js';
import type { Identity } from './identity.js';

type RoleOfAccount = Pick<Identity, 'accountId' | 'role'>;
type Requester = Pick<Identity, 'id' | 'type' | 'accountId' | 'role'>;

/** Computes the scopes of a grant or a token, limited by the role as it is now. */
@Injectable()
export class GrantedScopes {
  constructor(
    private readonly accountScopes: AccountScopes,
    private readonly events: EventBus,
  ) {}

  /**
   * The scope names that a token will carry (RFC 6749 §3.3).
   *
   * @param limit names that the session was narrowed to; `undefined`: all that the role holds (S-54)
   * @param requested space-separated names; `undefined` asks for all
   * @param within the manager of a host's transaction
   * @throws CodedException 40004 for a name that is unknown or not covered
   */
  async narrow(
    { id: actorId, type: actorType, accountId, role }: Requester,
    limit: readonly string[] | undefined,
    requested: string | undefined,
    origin: Origin,
    within?: EntityManager,
  ): Promise<readonly string[]> {
    const vocabulary = await this.accountScopes.vocabulary(accountId, [role], within);
    const ofRole = vocabulary.expand([role]);
    const granted = limit?.filter((name) => ofRole.has(name)) ?? [role];
    if (requested === undefined) return granted;
    const held = vocabulary.expand(granted);
    const names = [...new Set(requested.split(' '))];
    if (names.every((name) => held.has(name))) return names;
    // The names are the client's own words, which may be a secret in the wrong place.
    const denied = { accountId, actorId, actorType, targetId: undefined, ...origin };
    const reason = 'requests a scope that it lacks';
    await this.events.reportWithin(within, { name: 'access.denied', ...denied, reason });
    throw new CodedException(ERROR.SCOPE_NOT_GRANTED);
  }

  /**
   * All scopes that the names in a token include now: never more than the role holds, whatever the token was
   * issued with (S-197, S-198).
   */
  async expand(
    { accountId, role }: RoleOfAccount,
    carried: readonly string[],
  ): Promise<OpenedScopes> {
    const names = [role, ...carried];
    const vocabulary = await this.accountScopes.vocabulary(accountId, names);
    return openedScopes(vocabulary, role, carried);
  }
}
