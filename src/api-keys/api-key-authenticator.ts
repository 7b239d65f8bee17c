import { Injectable } from '@nestjs/common';
import type { Evidence, EvidenceSource } from '../access/evidence.js';
import { Clock } from '../common/clock.js';
import { constantTimeEqual } from '../common/crypto/constant-time.js';
import { Database } from '../database/database.js';
import { isWellFormed, secretDigest } from './api-key-format.js';
import { isAllowedFrom } from './api-key-state.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';

/** What an unknown key is compared with, so that it takes as long as a known one (S-19). */
const NO_DIGEST = '0'.repeat(64);

/** A key whose secret was presented. */
export interface ProvenApiKey extends ApiKey {
  /** Digest of the secret that proved it: the current one, or the one before within its overlap. */
  readonly provenDigest: string;
  /** That the row says so. */
  readonly evidence: Evidence;
}

/** Tells which key a pair is, by one indexed look-up and a digest (S-81). */
@Injectable()
export class ApiKeyAuthenticator implements EvidenceSource {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly repository: ApiKeysRepository,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * @param address where the request came from (S-195)
   * @returns the key with its account; `undefined`, whatever the reason, when it opens nothing (S-19)
   */
  async authenticate(
    key: string,
    secret: string,
    address: string,
  ): Promise<ProvenApiKey | undefined> {
    const found = await this.findGenuine(key, secret);
    if (!found || !isAllowedFrom(found, address)) return undefined;
    return (await this.keys.isUsable(found)) ? found : undefined;
  }

  /** The key that the secret belongs to now, usable or not. */
  async findGenuine(key: string, secret: string): Promise<ProvenApiKey | undefined> {
    if (!isWellFormed(key, secret)) return undefined;
    const found = await this.database.find(this.repository.activeByKey, key);
    const apiKey = found?.entity();
    const provenDigest = secretDigest(secret);
    const isCurrent = constantTimeEqual(provenDigest, apiKey?.secretDigest ?? NO_DIGEST);
    const isPrevious = constantTimeEqual(provenDigest, this.previousDigest(apiKey));
    if (!found || !apiKey || !(isCurrent || isPrevious)) return undefined;
    const evidence = { source: this, key, digest: found.digest() };
    return { ...apiKey, provenDigest, evidence };
  }

  digests(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.database.digests(this.repository.activeByKey, keys);
  }

  /** Good until the overlap of the last rotation ends, and not a second longer (contract §7). */
  private previousDigest(key: ApiKey | undefined): string {
    const isInOverlap = (key?.previousValidUntil ?? 0) > this.clock.now();
    return (isInOverlap ? key?.previousSecretDigest : undefined) ?? NO_DIGEST;
  }
}
