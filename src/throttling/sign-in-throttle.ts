import { Inject, Injectable } from '@nestjs/common';
import { CodedException } from '../common/errors/coded.exception.js';
import { clientNetwork } from '../common/transport/client-network.js';
import { GrowingDelay, type Consequence } from './growing-delay.js';
import { Limiters } from './limiters.js';
import { NetworkLimit, type CountedFailure } from './network-limit.js';
import { SharedStore } from './shared-store.js';
import { THROTTLING_OPTIONS, type ThrottlingOptions } from './throttling-options.js';

/** An attempt to prove a password. */
export interface SignInSource {
  /** The canonical e-mail address, whether or not a user has it. */
  readonly address: string;
  readonly clientAddress: string;
  /** Id of the user, if the attempt comes from a network in which this user signed in. */
  readonly familiarTo: string | undefined;
}

/** An attempt that was counted as a failure, and may now be checked. */
export interface SignInAttempt {
  /** What begins if it fails: a delay or stop of the address, or of the network. */
  readonly onFailure:
    { readonly of: 'address' | 'network'; readonly begins: Consequence } | undefined;
  /** The password was right: forgets the failures of the address, and gives the network its point back (S-31). */
  succeeded(): Promise<void>;
  /** The password was not checked: gives the attempt back. */
  cancelled(): Promise<void>;
}

/**
 * Limits guesses at passwords. Every check of a password asks first (S-28); the attempt is counted before the check, so
 * that parallel guesses cost as much as those in turn (S-27).
 */
@Injectable()
export class SignInThrottle {
  private readonly addresses: GrowingDelay;
  private readonly familiar: GrowingDelay;

  constructor(
    private readonly limiters: Limiters,
    private readonly networks: NetworkLimit,
    private readonly store: SharedStore,
    @Inject(THROTTLING_OPTIONS) { failuresPerAccount: delaysFrom }: ThrottlingOptions,
  ) {
    this.addresses = new GrowingDelay(limiters, { name: 'address', delaysFrom, stops: true });
    // S-24 stops only strangers, and S-26 never the owner.
    this.familiar = new GrowingDelay(limiters, { name: 'familiar', delaysFrom, stops: false });
  }

  /** @throws CodedException 42901 with `Retry-After`, the same for known and unknown addresses; 50301 */
  attempt(source: SignInSource): Promise<SignInAttempt> {
    return this.store.run(() =>
      source.familiarTo === undefined
        ? this.ofStranger(source)
        : this.ofFamiliar(source.familiarTo, source.clientAddress),
    );
  }

  /**
   * Forgets the failures of an address, which also ends its stop.
   *
   * @throws CodedException 50301
   */
  reset(address: string): Promise<void> {
    return this.store.run(() => this.addresses.forget(this.limiters.keyOf(address)));
  }

  private async ofStranger({ address, clientAddress }: SignInSource): Promise<SignInAttempt> {
    const failure = await this.networks.count(clientAddress);
    return this.admitted(this.addresses, this.limiters.keyOf(address), failure);
  }

  /** Neither the failures of strangers nor those of others in the network refuse it (S-26). */
  private async ofFamiliar(userId: string, clientAddress: string): Promise<SignInAttempt> {
    const failure = await this.networks.countIfLeft(clientAddress);
    const key = this.limiters.keyOf(userId, clientNetwork(clientAddress));
    return this.admitted(this.familiar, key, failure);
  }

  /** @param failure `undefined` if the network has used up its failures: then each further one starts a delay (S-25) */
  private async admitted(
    delays: GrowingDelay,
    key: string,
    failure: CountedFailure | undefined,
  ): Promise<SignInAttempt> {
    const admission = await delays
      .admit(key, failure !== undefined)
      .catch(async (error: unknown) => {
        // A refused attempt is no failure.
        if (error instanceof CodedException) await failure?.giveBack();
        throw error;
      });
    const giveBack = (work: () => Promise<void>) =>
      this.store.run(async () => {
        await Promise.all([work(), failure?.giveBack()]);
      });
    const { onFailure: begins } = admission;
    return {
      onFailure: begins
        ? { of: 'address', begins }
        : failure?.isLast
          ? { of: 'network', begins: 'delay' }
          : undefined,
      succeeded: () => giveBack(() => delays.forget(key)),
      cancelled: () => giveBack(() => admission.cancel()),
    };
  }
}
