import { Inject, Injectable } from '@nestjs/common';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { clientNetwork } from '../common/transport/client-network.js';
import type { Limiter, LimitKind } from './limit.js';
import { Limiters } from './limiters.js';
import { SharedStore } from './shared-store.js';
import { take } from './taking.js';
import { THROTTLING_OPTIONS, type ThrottlingOptions } from './throttling-options.js';
import { tooManyAttempts } from './too-many-attempts.js';

const HOUR_S = 3_600;
/** Letters of one kind to one recipient. */
const LETTERS_PER_RECIPIENT = 5;
const EMAIL_CHANGES_PER_CALLER = 10;
/** The limit of an account, as a multiple of that of one caller. */
const CALLERS_PER_ACCOUNT = 3;

/** Each reads every row of the account. */
const EXPORTS_PER_ACCOUNT = 10;

/** By what each kind of action is limited (S-33). */
interface Actors {
  readonly sign_up: { readonly network: string };
  readonly leak_report: { readonly network: string };
  readonly new_user: { readonly caller: string; readonly account: string };
  readonly new_api_key: { readonly caller: string; readonly account: string };
  readonly account_export: { readonly account: string };
  readonly invitation: { readonly caller: string; readonly account: string };
  readonly password_reset: { readonly network: string };
  /** Letters that others cause: the recipient is an address or the id of a user. */
  readonly letter: { readonly recipient: string };
  readonly email_change: { readonly caller: string };
}

export type LimitedAction = keyof Actors;

/** Limits of what a client may do in an hour (S-33). */
@Injectable()
export class ActionLimits {
  private readonly limits: {
    readonly [A in LimitedAction]: { readonly [By in keyof Actors[A]]: Limiter };
  };

  constructor(
    private readonly limiters: Limiters,
    private readonly store: SharedStore,
    @Inject(THROTTLING_OPTIONS) options: ThrottlingOptions,
  ) {
    const limit = (kind: LimitKind, name: string, points: number) =>
      limiters.limiter({ kind, name, points, seconds: HOUR_S });
    const byCaller = (name: string, points: number) => ({
      caller: limit('caller', `${name}:caller`, points),
      account: limit('caller', `${name}:account`, points * CALLERS_PER_ACCOUNT),
    });
    this.limits = {
      sign_up: { network: limit('network', 'sign-up', options.signUpsPerNetwork) },
      leak_report: { network: limit('network', 'leak-report', options.leakReportsPerNetwork) },
      new_user: byCaller('new-user', options.newUsersPerCaller),
      new_api_key: byCaller('new-api-key', options.newApiKeysPerCaller),
      account_export: { account: limit('caller', 'export:account', EXPORTS_PER_ACCOUNT) },
      invitation: byCaller('invitation', options.newUsersPerCaller),
      password_reset: {
        network: limit('network', 'password-reset', options.passwordResetsPerNetwork),
      },
      letter: { recipient: limit('network', 'letter', LETTERS_PER_RECIPIENT) },
      email_change: { caller: limit('caller', 'email-change', EMAIL_CHANGES_PER_CALLER) },
    };
  }

  /**
   * Counts an action before it is done. While the store is away nothing is counted: these are no guesses, which alone
   * must not be free then (S-32).
   *
   * @param by ids, and for `network` the client's address
   * @throws CodedException 42901 with `Retry-After`
   */
  async count<A extends LimitedAction>(action: A, by: Actors[A]): Promise<void> {
    try {
      await this.take(action, by);
    } catch (error) {
      if (!(error instanceof CodedException) || error.entry !== ERROR.UNAVAILABLE) throw error;
    }
  }

  /** As {@link count}, for a client that must not learn of the limit. */
  async allows<A extends LimitedAction>(action: A, by: Actors[A]): Promise<boolean> {
    try {
      await this.count(action, by);
      return true;
    } catch (error) {
      if (error instanceof CodedException && error.entry === ERROR.TOO_MANY_REQUESTS) return false;
      throw error;
    }
  }

  private take<A extends LimitedAction>(action: A, by: Actors[A]): Promise<void> {
    const limits: Readonly<Record<string, Limiter>> = this.limits[action];
    const taken: (() => Promise<unknown>)[] = [];
    return this.store.run(async () => {
      for (const [dimension, limiter] of Object.entries(limits)) {
        const subject = (by as Readonly<Record<string, string>>)[dimension] ?? '';
        const key = this.limiters.keyOf(dimension === 'network' ? clientNetwork(subject) : subject);
        const result = await take(limiter, key);
        if (!result.isTaken) {
          await Promise.all(taken.map((giveBack) => giveBack()));
          throw tooManyAttempts(result.waitMs, `${action}: too many for one ${dimension}`);
        }
        taken.push(() => limiter.reward(key));
      }
    });
  }
}
