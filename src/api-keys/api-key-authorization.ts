import { Injectable } from '@nestjs/common';
import type { Actor, Principal } from '../access/principal.js';
import { ActorAuthorization } from '../accounts/actor-authorization.js';
import { Clock } from '../common/clock.js';
import { createPrivateSlot } from '../common/private-slot.js';
import type { ProvenApiKey } from './api-key-authenticator.js';
import { apiKeyFault, isSecretOf } from './api-key-state.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';

/** Tells whether a key that acts may do so still. */
@Injectable()
export class ApiKeyAuthorization {
  /** Digests of the secrets by which keys came in, where they came by themselves. */
  private readonly proofs = createPrivateSlot<string>();

  constructor(
    private readonly repository: ApiKeysRepository,
    private readonly clock: Clock,
    authorization: ActorAuthorization,
  ) {
    authorization.registerLock('api_key', async (actor, ids, manager) => {
      const keys = await this.repository.lockMany(actor.accountId, ids, manager);
      const self = keys.find((key) => key.id === actor.id);
      return self && this.mayAct(actor, self) ? self.role : undefined;
    });
  }

  /** Notes which secret let a key in that came by itself: another one may have taken its place. */
  remember(principal: Principal, { provenDigest }: ProvenApiKey): void {
    this.proofs.set(principal, provenDigest);
  }

  private mayAct(actor: Actor, key: ApiKey): boolean {
    const now = this.clock.now();
    if (apiKeyFault(key, now) || actor.type !== 'api_key') return false;
    // A session ends with the secret that began it.
    return actor.sessionId !== undefined || isSecretOf(key, this.proofs.of(actor), now);
  }
}
