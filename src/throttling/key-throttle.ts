import { Injectable } from '@nestjs/common';
import { NetworkLimit } from './network-limit.js';
import { SharedStore } from './shared-store.js';

/** Limits guesses at API keys by the client's network, so that a right key is never refused (S-28). */
@Injectable()
export class KeyThrottle {
  constructor(
    private readonly networks: NetworkLimit,
    private readonly store: SharedStore,
  ) {}

  /**
   * Before a key is checked, without a round trip: otherwise guesses would be free while the store is away (S-32).
   *
   * @throws CodedException 50301
   */
  assertAvailable(): void {
    this.store.assertAvailable();
  }

  /**
   * Counts a wrong key.
   *
   * @returns whether it is the last that is admitted within the hour
   * @throws CodedException 42901 in place of the refusal of the key, once the network has used up its failures; 50301
   */
  async failed(clientAddress: string): Promise<{ readonly isLast: boolean }> {
    return this.store.run(() => this.networks.count(clientAddress));
  }
}
