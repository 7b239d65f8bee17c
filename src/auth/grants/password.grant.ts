import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { clientOrigin, type ClientFacts } from '../../common/client.decorator.js';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { EventBus } from '../../events/event-bus.js';
import { ANONYMOUS } from '../../events/gatehouse-event.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { AuthService } from '../auth.service.js';
import type { TokenResponseDto } from '../dto/token-response.dto.js';
import { userIdentity } from '../identity.js';
import { signInCredentials } from './grant-credentials.js';
import type { Grant, TokenRequest } from './grant.js';

interface AuthenticatedUser {
  readonly user: User;
  /** Whether the stored hash was made with other parameters than the current ones. */
  readonly isHashOutdated: boolean;
}

/** RFC 6749 §4.3: a user signs in with a password, or an API key with its secret (contract §3). */
@Injectable()
export class PasswordGrant implements Grant {
  constructor(
    private readonly auth: AuthService,
    private readonly users: UsersService,
    private readonly events: EventBus,
  ) {}

  async issue(request: TokenRequest, client: ClientFacts): Promise<TokenResponseDto> {
    const credentials = signInCredentials(request, { takesUser: true });
    if (credentials.kind === 'empty') throw new CodedException(ERROR.CREDENTIALS_INCORRECT);
    if (credentials.kind === 'api_key') return this.auth.signInApiKey(credentials, request, client);
    const { username, password } = credentials;
    const signIn = async ({ user, isHashOutdated }: AuthenticatedUser) => {
      const lock = (manager: EntityManager) => this.users.markSignedIn(user, manager);
      const authenticated = { identity: userIdentity(user), account: user.account, lock };
      const tokens = await this.auth.signIn(authenticated, request, client);
      // Only after the sign-in, which compares the stored hash (S-06).
      if (isHashOutdated) void this.users.rehash(user, password);
      return tokens;
    };
    const authenticated = await this.authenticate(username, password, client);
    try {
      return await signIn(authenticated);
    } catch (error) {
      if (!isChangedMeanwhile(error)) throw error;
      // Perhaps only the hash was renewed, by a sign-in at the same time: one more check decides (S-06).
      return signIn(await this.authenticate(username, password, client));
    }
  }

  /** Every refusal is the same in body and in time, whatever its reason (S-17, S-18). */
  private async authenticate(
    address: string,
    password: string,
    client: ClientFacts,
  ): Promise<AuthenticatedUser> {
    const user = await this.users.findByEmail(address);
    const { isCorrect, isOutdated } = await this.users.verifyPassword(user, password);
    const isEnabled = user?.isActive === true && user.account?.isActive === true;
    if (user && isCorrect && isEnabled) return { user, isHashOutdated: isOutdated };
    const reason = !user ? 'unknown address' : isCorrect ? 'disabled' : 'wrong password';
    const named = { accountId: user?.accountId, userId: user?.id };
    const facts = { ...ANONYMOUS, ...named, ...clientOrigin(client), reason };
    await this.events.report({ name: 'sign_in.failed', ...facts });
    throw new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail: reason });
  }
}

/** Whether a sign-in found another user than the one that was authenticated. */
function isChangedMeanwhile(error: unknown): boolean {
  return error instanceof CodedException && error.entry === ERROR.CREDENTIALS_INCORRECT;
}
