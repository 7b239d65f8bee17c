import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import type { Origin } from '../common/transport/request-facts.js';
import { EventBus } from '../events/event-bus.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import { networkThrottled } from '../throttling/network-throttled.js';
import { SignInThrottle, type SignInAttempt } from '../throttling/sign-in-throttle.js';
import { canonicalEmail } from './canonical-email.js';
import { EmailVerifications } from './email-verifications.js';
import { FamiliarNetworks, type SignInNetworkState } from './familiar-networks.js';
import type { User } from './user.entity.js';
import { USERS_OPTIONS, type UsersOptions } from './users-options.js';
import { UsersService } from './users.service.js';

type Refusal = NewEvent<'sign_in.failed' | 'password.refused'>;

/** A password to check. */
export interface PresentedPassword {
  /** `null` where there is none with the address. */
  readonly user: User | null;
  /** As it was sent. */
  readonly address: string;
  readonly password: string;
  /**
   * Whether a user who may not sign in, being disabled or unconfirmed, is refused as for a wrong password; otherwise the
   * caller finds out with its lock.
   */
  readonly refusesDisabled: boolean;
  /** The event of a failure, whose reason is for the log only. */
  readonly refusal: (reason: string) => Refusal;
}

/** A user whose password is right. */
export interface VerifiedUser {
  readonly user: User;
  /** Whether the stored hash was made with other parameters than the current ones. */
  readonly isHashOutdated: boolean;
}

/** The reason of a refusal that only `requireVerifiedEmail` causes. */
const UNCONFIRMED = 'address not confirmed';

/** Users whose refused attempts are counted for the next event. */
const MAX_COUNTED = 1_000;

/**
 * Checks passwords of users. All checks are counted here, whatever the route and the form of the request, so that they
 * share one counter (S-12, S-28).
 */
@Injectable()
export class PasswordChecks {
  /** Attempts that were refused unchecked since the last event, by user; those at unknown addresses under no id. */
  private readonly refused = new LRUCache<string, number>({ max: MAX_COUNTED });

  constructor(
    private readonly users: UsersService,
    private readonly networks: FamiliarNetworks,
    private readonly throttle: SignInThrottle,
    private readonly events: EventBus,
    private readonly verifications: EmailVerifications,
    @Inject(USERS_OPTIONS) private readonly options: UsersOptions,
  ) {}

  /**
   * Counts an attempt, and then checks the password. Known and unknown addresses cause the same statements and the same
   * work (S-18, S-27, S-30).
   *
   * @throws CodedException 40102, the same for every reason (S-17); 42901 before any hashing; 50301
   */
  async attempt(
    presented: PresentedPassword,
    { clientAddress }: Origin,
  ): Promise<VerifiedUser & { readonly network: SignInNetworkState }> {
    const { user, address } = presented;
    const network = await this.networks.find(user?.id, clientAddress);
    const attempt = await this.admit(user?.id, {
      // A text that is no address is counted like an unknown address.
      address: canonicalEmail(address) ?? address,
      clientAddress,
      familiarTo: network.isFamiliar ? user?.id : undefined,
    });
    const verified = await this.check(presented, attempt);
    await attempt.succeeded();
    return { ...verified, network };
  }

  /**
   * Checks a password again within an attempt that has succeeded.
   *
   * @throws CodedException 40102, 42901, 50301
   */
  async check(
    { user, password, refusesDisabled, refusal }: PresentedPassword,
    attempt?: SignInAttempt,
  ): Promise<VerifiedUser> {
    const { isCorrect, isOutdated } = await this.users
      .verifyPassword(user, password)
      .catch(async (error: unknown) => {
        // The check did not come to its turn, so that nothing was learned.
        await attempt?.cancelled();
        throw error;
      });
    const obstacle = user && refusesDisabled ? this.obstacleOf(user) : undefined;
    if (user && isCorrect && obstacle === undefined) return { user, isHashOutdated: isOutdated };
    const reason = !user ? 'unknown address' : isCorrect ? (obstacle ?? '') : 'wrong password';
    const failed = refusal(reason);
    await this.events.report(failed, ...this.throttled(failed, attempt?.onFailure));
    if (user && reason === UNCONFIRMED) {
      const { clientAddress = '', requestId } = failed;
      this.verifications.requestAfterRefusal(user, { clientAddress, requestId });
    }
    throw new CodedException(ERROR.CREDENTIALS_INCORRECT, { detail: reason });
  }

  /** What keeps a user with the right password from signing in. */
  private obstacleOf({ isActive, isVerified, account }: User): string | undefined {
    if (!isActive || account?.isActive !== true) return 'disabled';
    return isVerified || !this.options.requiresVerifiedEmail ? undefined : UNCONFIRMED;
  }

  private async admit(
    userId: string = '',
    source: Parameters<SignInThrottle['attempt']>[0],
  ): Promise<SignInAttempt> {
    try {
      return await this.throttle.attempt(source);
    } catch (error) {
      const isRefused = error instanceof CodedException && error.entry === ERROR.TOO_MANY_REQUESTS;
      if (isRefused) this.refused.set(userId, (this.refused.get(userId) ?? 0) + 1);
      throw error;
    }
  }

  /** The event of a delay or stop that begins with a failure. */
  private throttled(
    failed: Refusal,
    onFailure: SignInAttempt['onFailure'],
  ): NewEvent<'sign_in.throttled'>[] {
    if (!onFailure) return [];
    if (onFailure.of === 'network') return [networkThrottled(failed)];
    const { userId = '' } = failed;
    const refused = this.refused.get(userId);
    this.refused.delete(userId);
    const reason = `${onFailure.begins} of the address`;
    return [{ ...failed, name: 'sign_in.throttled', reason, refused }];
  }
}
