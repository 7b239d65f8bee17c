import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { clientOrigin, type ClientFacts } from '../../common/client.decorator.js';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { ANONYMOUS, type NewEvent } from '../../events/gatehouse-event.js';
import { FamiliarNetworks } from '../../users/familiar-networks.js';
import {
  PasswordChecks,
  type PresentedPassword,
  type VerifiedUser,
} from '../../users/password-checks.js';
import { UsersService } from '../../users/users.service.js';
import { AuthService, CHANGED } from '../auth.service.js';
import type { TokenResponseDto } from '../dto/token-response.dto.js';
import { userIdentity } from '../identity.js';
import { signInCredentials } from './grant-credentials.js';
import type { Grant, TokenRequest } from './grant.js';

/** RFC 6749 §4.3: a user signs in with a password, or an API key with its secret (contract §3). */
@Injectable()
export class PasswordGrant implements Grant {
  constructor(
    private readonly auth: AuthService,
    private readonly users: UsersService,
    private readonly passwords: PasswordChecks,
    private readonly networks: FamiliarNetworks,
  ) {}

  async issue(request: TokenRequest, client: ClientFacts): Promise<TokenResponseDto> {
    const credentials = signInCredentials(request, { takesUser: true });
    if (credentials.kind === 'empty') throw new CodedException(ERROR.CREDENTIALS_INCORRECT);
    if (credentials.kind === 'api_key') return this.auth.signInApiKey(credentials, request, client);
    const presented = await this.presented(credentials, client);
    const { network, ...verified } = await this.passwords.attempt(presented, clientOrigin(client));
    const signIn = async ({ user, isHashOutdated }: VerifiedUser, refusal?: NewEvent) => {
      const lock = async (manager: EntityManager) => {
        if (!(await this.users.markSignedIn(user, manager))) return undefined;
        return { isNewNetwork: await this.networks.record(user, network, manager) };
      };
      const authenticated = { identity: userIdentity(user), account: user.account, lock, refusal };
      const tokens = await this.auth.signIn(authenticated, request, client);
      // Only after the sign-in, which compares the stored hash (S-06).
      if (isHashOutdated) void this.users.rehash(user, credentials.password);
      return tokens;
    };
    try {
      return await signIn(verified);
    } catch (error) {
      if (!isChangedMeanwhile(error)) throw error;
      // Perhaps only the hash was renewed, by a sign-in at the same time: one more check decides (S-06).
      const again = await this.presented(credentials, client);
      return signIn(await this.passwords.check(again), again.refusal(CHANGED));
    }
  }

  private async presented(
    { username: address, password }: { readonly username: string; readonly password: string },
    client: ClientFacts,
  ): Promise<PresentedPassword> {
    const user = await this.users.findByEmail(address);
    const facts = {
      ...ANONYMOUS,
      accountId: user?.accountId,
      userId: user?.id,
      ...clientOrigin(client),
    };
    const refusal = (reason: string) => ({ name: 'sign_in.failed', ...facts, reason }) as const;
    return { user, address, password, refusesDisabled: true, refusal };
  }
}

/** Whether a sign-in found another user than the one that was authenticated. */
function isChangedMeanwhile(error: unknown): boolean {
  return error instanceof CodedException && error.entry === ERROR.CREDENTIALS_INCORRECT;
}
