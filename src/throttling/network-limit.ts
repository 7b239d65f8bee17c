import { Inject, Injectable } from '@nestjs/common';
import { clientNetwork } from '../common/transport/client-network.js';
import type { Limiter } from './limit.js';
import { Limiters } from './limiters.js';
import { take } from './taking.js';
import { THROTTLING_OPTIONS, type ThrottlingOptions } from './throttling-options.js';
import { tooManyAttempts } from './too-many-attempts.js';

const HOUR_S = 3_600;

/** A failure that was counted, of the network of a client. */
export interface CountedFailure {
  /** Whether it is the last that is admitted within the hour. */
  readonly isLast: boolean;
  giveBack(): Promise<void>;
}

/** Failures of a client's network, with passwords of all addresses and with API keys (S-25, S-28). */
@Injectable()
export class NetworkLimit {
  private readonly limiter: Limiter;

  constructor(
    private readonly limiters: Limiters,
    @Inject(THROTTLING_OPTIONS) { failuresPerNetwork }: ThrottlingOptions,
  ) {
    this.limiter = limiters.limiter({
      kind: 'network',
      name: 'network',
      points: failuresPerNetwork,
      seconds: HOUR_S,
    });
  }

  /** @throws CodedException 42901 */
  async count(clientAddress: string): Promise<CountedFailure> {
    const { taken, failure } = await this.take(clientAddress);
    if (!taken.isTaken) throw tooManyAttempts(taken.waitMs, 'network: too many failures');
    return failure;
  }

  /** Counts an attempt that the network does not refuse; nothing, once the network has used up its failures. */
  async countIfLeft(clientAddress: string): Promise<CountedFailure | undefined> {
    const { taken, failure } = await this.take(clientAddress);
    return taken.isTaken ? failure : undefined;
  }

  private async take(clientAddress: string) {
    const key = this.limiters.keyOf(clientNetwork(clientAddress));
    const taken = await take(this.limiter, key);
    const failure: CountedFailure = {
      isLast: taken.isTaken && taken.isLast,
      giveBack: async () => void (await this.limiter.reward(key)),
    };
    return { taken, failure };
  }
}
