import { Inject, Injectable } from '@nestjs/common';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../access/principal.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { derivedSecret, newSecret, secretDigest } from './api-key-format.js';
import type { ApiKeyIssue } from './api-key-issue.entity.js';
import type { ApiKey } from './api-key.entity.js';
import { API_KEYS_OPTIONS, type ApiKeysOptions } from './api-keys-options.js';
import { ApiKeysRepository } from './api-keys.repository.js';

/** How long the same `Idempotency-Key` gets the same answer (contract §7). */
const REPEATABLE_MS = 10 * 60_000;

/** A key with its secret, which is shown this once. */
export interface IssuedApiKey {
  readonly key: ApiKey;
  readonly secret: string;
}

/** A secret in the making. */
export interface SecretIssue {
  readonly apiKeyId: string;
  readonly secret: string;
  /** What lets a lost answer be given again; absent without an `Idempotency-Key`. */
  readonly repeatable: { readonly idempotencyKey: string; readonly note: ApiKeyIssue } | undefined;
}

/**
 * Secrets that can be given again to who lost the answer, although nothing is stored that would give them
 * away: derived from a salt in the database, a server key, and the client's `Idempotency-Key`.
 */
@Injectable()
export class RepeatableSecrets {
  private readonly secretKey: Uint8Array;

  constructor(
    @Inject(API_KEYS_OPTIONS) private readonly options: ApiKeysOptions,
    private readonly repository: ApiKeysRepository,
    private readonly clock: Clock,
  ) {
    const [secretKey] = options.secretKeys;
    if (!secretKey) throw new Error('at least one key for API key secrets is needed');
    this.secretKey = secretKey;
  }

  /** @param request everything that was asked for: only the same request is the same one */
  begin(
    { accountId, id: callerId }: Actor,
    apiKeyId: string,
    request: readonly unknown[],
    idempotencyKey: string | undefined,
  ): SecretIssue {
    if (idempotencyKey === undefined) {
      return { apiKeyId, secret: newSecret(), repeatable: undefined };
    }
    const now = this.clock.now();
    const note: ApiKeyIssue = {
      id: randomUUID(),
      accountId,
      apiKeyId,
      callerDigest: digest([callerId, idempotencyKey]),
      requestDigest: digest(request),
      salt: randomBytes(32).toString('base64url'),
      createdAt: now,
      modifiedAt: now,
    };
    const secret = derive(this.secretKey, note, idempotencyKey);
    return { apiKeyId, secret, repeatable: { idempotencyKey, note } };
  }

  /**
   * The answer that the same request got within the last ten minutes.
   *
   * @throws CodedException 40001 when it was another request, 40901 when the secret was replaced since
   */
  async findEarlier(
    { repeatable }: SecretIssue,
    manager: EntityManager,
  ): Promise<IssuedApiKey | undefined> {
    if (!repeatable) return undefined;
    const { note, idempotencyKey } = repeatable;
    const earlier = await this.repository.findIssue(note.callerDigest, manager);
    if (!earlier || earlier.createdAt <= this.outdated()) return undefined;
    if (earlier.requestDigest !== note.requestDigest) {
      const message = 'Idempotency-Key was used for another request';
      throw invalidRequest([{ field: 'Idempotency-Key', message }]);
    }
    const key = await this.repository.findOwn(earlier.accountId, earlier.apiKeyId, manager);
    const digests = new Set([key?.secretDigest, key?.previousSecretDigest]);
    const secret = this.options.secretKeys
      .map((each) => derive(each, earlier, idempotencyKey))
      .find((each) => digests.has(secretDigest(each)));
    if (!key || secret === undefined) {
      throw new CodedException(ERROR.RESOURCE_CONFLICT, { detail: 'secret replaced since' });
    }
    return { key, secret };
  }

  /** Notes the issue; of two under one `Idempotency-Key` at once the second violates a unique index. */
  async keep({ repeatable }: SecretIssue, manager: EntityManager): Promise<void> {
    if (!repeatable) return;
    const { note } = repeatable;
    await this.repository.deleteIssuesUntil(note.accountId, this.outdated(), manager);
    await this.repository.insertIssue(note, manager);
  }

  /** Issues made until then are forgotten. */
  private outdated(): number {
    return this.clock.now() - REPEATABLE_MS;
  }
}

function derive(secretKey: Uint8Array, { salt, apiKeyId }: ApiKeyIssue, idempotencyKey: string) {
  return derivedSecret(secretKey, salt, `${apiKeyId} ${idempotencyKey}`);
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
