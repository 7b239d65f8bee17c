import { Injectable } from '@nestjs/common';
import type { Actor, Principal } from '../access/principal.js';
import { ActorAuthorization } from '../accounts/actor-authorization.js';
import { Clock } from '../common/clock.js';
import { createPrivateSlot } from '../common/private-slot.js';
import type { ProvenApiKey } from './api-key-authenticator.js';
import { apiKeyFault, isSecretOf } from './api-key-state.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';

/** Locks the API keys of an action, and checks that the acting key is still usable. */
@Injectable()
export class ApiKeyAuthorization {
  /** For each principal that sent its API key with the request: the digest of the secret that was verified. */
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

  /** Records the secret that a key was verified with: a rotation may replace it before the principal acts. */
  remember(principal: Principal, { provenDigest }: ProvenApiKey): void {
    this.proofs.set(principal, provenDigest);
  }

  private mayAct(actor: Actor, key: ApiKey): boolean {
    const now = this.clock.now();
    if (apiKeyFault(key, now) || actor.type !== 'api_key') return false;
    // The lock of its session decides about a principal that has one.
    const verified = 'principal' in actor ? actor.principal : actor;
    return actor.sessionId !== undefined || isSecretOf(key, this.proofs.of(verified), now);
  }
}
