import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { constantTimeEqual } from '../common/crypto/constant-time.js';
import { Database } from '../database/database.js';
import { isWellFormed, secretDigest } from './api-key-format.js';
import { isAllowedFrom } from './api-key-state.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';

/** The digest to compare for an unknown key, so that its refusal takes as long as for a known one (S-19). */
const NO_DIGEST = '0'.repeat(64);

/** An API key whose secret was presented and verified. */
export interface ProvenApiKey extends ApiKey {
  /** Digest of the verified secret: the current one, or the previous one within its overlap. */
  readonly provenDigest: string;
}

/** Authenticates a pair of key and secret by one indexed look-up and a digest (S-81). */
@Injectable()
export class ApiKeyAuthenticator {
  private readonly activeByKey: (key: string) => Promise<ApiKey | undefined>;

  constructor(
    private readonly apiKeys: ApiKeysService,
    private readonly clock: Clock,
    repository: ApiKeysRepository,
    database: Database,
  ) {
    this.activeByKey = database.batched((keys, manager) =>
      repository.activeByKey.find(manager, keys),
    );
  }

  /**
   * @param address where the request came from (S-195)
   * @returns the key with its account; `undefined` for every pair that is not valid, whatever the reason (S-19)
   */
  async authenticate(
    key: string,
    secret: string,
    address: string,
  ): Promise<ProvenApiKey | undefined> {
    return isWellFormed(key, secret)
      ? this.authenticateDigest(key, secretDigest(secret), address)
      : undefined;
  }

  /** As {@link authenticate}, by the digest of a secret that was presented before. */
  async authenticateDigest(
    key: string,
    digest: string,
    address: string,
  ): Promise<ProvenApiKey | undefined> {
    const found = await this.findByDigest(key, digest);
    if (!found || !isAllowedFrom(found, address)) return undefined;
    return (await this.apiKeys.isUsable(found)) ? found : undefined;
  }

  /** Finds the key that the secret belongs to now, whether or not the key is usable. */
  async findGenuine(key: string, secret: string): Promise<ProvenApiKey | undefined> {
    return isWellFormed(key, secret) ? this.findByDigest(key, secretDigest(secret)) : undefined;
  }

  private async findByDigest(key: string, digest: string): Promise<ProvenApiKey | undefined> {
    const apiKey = await this.activeByKey(key);
    const isCurrent = constantTimeEqual(digest, apiKey?.secretDigest ?? NO_DIGEST);
    const isPrevious = constantTimeEqual(digest, this.previousDigest(apiKey));
    return apiKey && (isCurrent || isPrevious) ? { ...apiKey, provenDigest: digest } : undefined;
  }

  /** Digest of the previous secret, which is valid exactly until its overlap ends (contract §7). */
  private previousDigest(key: ApiKey | undefined): string {
    const isInOverlap = (key?.previousValidUntil ?? 0) > this.clock.now();
    return (isInOverlap ? key?.previousSecretDigest : undefined) ?? NO_DIGEST;
  }
}
