import { Injectable } from '@nestjs/common';
import type { Origin } from '../common/transport/request-facts.js';
import { Clock } from '../common/clock.js';
import { constantTimeEqual } from '../common/crypto/constant-time.js';
import { Database } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import { ANONYMOUS } from '../events/gatehouse-event.js';
import { KeyThrottle } from '../throttling/key-throttle.js';
import { networkThrottled } from '../throttling/network-throttled.js';
import { isWellFormed, secretDigest } from './api-key-format.js';
import { apiKeyFault, isAllowedFrom } from './api-key-state.js';
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

/** The result of a check: a valid key, or the reason of its refusal, which only the log shows (S-19). */
type Verdict =
  | { readonly proven: ProvenApiKey }
  | { readonly proven?: undefined; readonly apiKey?: ApiKey | undefined; readonly reason: string };

/** Authenticates a pair of key and secret by one indexed look-up and a digest (S-81). */
@Injectable()
export class ApiKeyAuthenticator {
  private readonly activeByKey: (key: string) => Promise<ApiKey | undefined>;

  constructor(
    private readonly apiKeys: ApiKeysService,
    private readonly throttle: KeyThrottle,
    private readonly clock: Clock,
    private readonly events: EventBus,
    repository: ApiKeysRepository,
    database: Database,
  ) {
    this.activeByKey = database.batched((keys, manager) =>
      repository.activeByKey.find(manager, keys),
    );
  }

  /**
   * @param origin where the request came from (S-195)
   * @param refusedAs the event of a refusal
   * @returns the key with its account; `undefined` for every pair that is not valid, whatever the reason (S-19)
   * @throws CodedException 42901 for a pair that is not valid, once its network has sent too many of them (S-28), 50301
   */
  async authenticate(
    { key, secret }: { readonly key: string; readonly secret: string },
    origin: Origin,
    refusedAs: 'api_key.refused' | 'sign_in.failed',
  ): Promise<ProvenApiKey | undefined> {
    this.throttle.assertAvailable();
    const verdict: Verdict = isWellFormed(key, secret)
      ? await this.check(key, secretDigest(secret), origin.clientAddress)
      : { reason: 'malformed API key' };
    if (verdict.proven) return verdict.proven;
    const { isLast } = await this.throttle.failed(origin.clientAddress);
    const { apiKey, reason } = verdict;
    const named = { accountId: apiKey?.accountId, apiKeyId: apiKey?.id };
    // Not the whole of `origin`, which may be a request with its credential.
    const { clientAddress, requestId } = origin;
    await this.events.report(
      { name: refusedAs, ...ANONYMOUS, ...named, clientAddress, requestId, reason },
      ...(isLast ? [networkThrottled(origin)] : []),
    );
    return undefined;
  }

  /** As {@link authenticate}, by the digest of a secret that was presented before. */
  async authenticateDigest(
    key: string,
    digest: string,
    address: string,
  ): Promise<ProvenApiKey | undefined> {
    return (await this.check(key, digest, address)).proven;
  }

  /** Finds the key that the secret belongs to now, whether or not the key is usable. */
  async findGenuine(key: string, secret: string): Promise<ProvenApiKey | undefined> {
    return isWellFormed(key, secret)
      ? (await this.compare(key, secretDigest(secret))).proven
      : undefined;
  }

  private async check(key: string, digest: string, address: string): Promise<Verdict> {
    const verdict = await this.compare(key, digest);
    const { proven } = verdict;
    if (!proven) return verdict;
    if (!isAllowedFrom(proven, address)) return { apiKey: proven, reason: 'API key elsewhere' };
    if (await this.apiKeys.isUsable(proven)) return verdict;
    return {
      apiKey: proven,
      reason: `API key ${apiKeyFault(proven, this.clock.now()) ?? 'ended'}`,
    };
  }

  private async compare(key: string, digest: string): Promise<Verdict> {
    const apiKey = await this.activeByKey(key);
    const isCurrent = constantTimeEqual(digest, apiKey?.secretDigest ?? NO_DIGEST);
    const isPrevious = constantTimeEqual(digest, this.previousDigest(apiKey));
    if (apiKey && (isCurrent || isPrevious)) return { proven: { ...apiKey, provenDigest: digest } };
    return { apiKey, reason: apiKey ? 'wrong secret' : 'unknown API key' };
  }

  /** Digest of the previous secret, which is valid exactly until its overlap ends (contract §7). */
  private previousDigest(key: ApiKey | undefined): string {
    const isInOverlap = (key?.previousValidUntil ?? 0) > this.clock.now();
    return (isInOverlap ? key?.previousSecretDigest : undefined) ?? NO_DIGEST;
  }
}
