import { Inject, Injectable } from '@nestjs/common';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../access/principal.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { Database } from '../database/database.js';
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

/** A secret that is about to be issued. */
export interface SecretIssue {
  readonly apiKeyId: string;
  readonly secret: string;
  /** The data that repeat a lost answer; `undefined` without an `Idempotency-Key`. */
  readonly repeatable: { readonly idempotencyKey: string; readonly row: ApiKeyIssue } | undefined;
}

/**
 * Issues secrets that a client can get again after a lost answer, although no stored value reveals them: they are
 * derived from a salt in the database, a server key, and the client's `Idempotency-Key`.
 */
@Injectable()
export class RepeatableSecrets {
  private readonly secretKey: Uint8Array;

  constructor(
    @Inject(API_KEYS_OPTIONS) private readonly options: ApiKeysOptions,
    private readonly repository: ApiKeysRepository,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    const [secretKey] = options.secretKeys;
    if (!secretKey) throw new Error('at least one key for API key secrets is needed');
    this.secretKey = secretKey;
  }

  /** @param request all parameters of the request; a repeated request has the same ones */
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
    const row: ApiKeyIssue = {
      id: randomUUID(),
      accountId,
      apiKeyId,
      callerDigest: digest([callerId, idempotencyKey]),
      requestDigest: digest(request),
      salt: randomBytes(32).toString('base64url'),
      createdAt: now,
      modifiedAt: now,
    };
    const secret = derive(this.secretKey, row, idempotencyKey);
    return { apiKeyId, secret, repeatable: { idempotencyKey, row } };
  }

  /** Whether its `Idempotency-Key` was used within the last ten minutes. */
  async isRepeated({ repeatable }: SecretIssue): Promise<boolean> {
    if (!repeatable) return false;
    const { callerDigest } = repeatable.row;
    return this.database.read(async (manager) => {
      const earlier = await this.repository.findIssue(callerDigest, manager);
      return this.isCurrent(earlier);
    });
  }

  /**
   * Finds the answer that the same request got within the last ten minutes.
   *
   * @throws CodedException 40001 when the request was another one, 40901 when the secret was replaced since
   */
  async findEarlier(
    { repeatable }: SecretIssue,
    manager: EntityManager,
  ): Promise<IssuedApiKey | undefined> {
    if (!repeatable) return undefined;
    const { row, idempotencyKey } = repeatable;
    const earlier = await this.repository.findIssue(row.callerDigest, manager);
    if (!this.isCurrent(earlier)) return undefined;
    if (earlier.requestDigest !== row.requestDigest) {
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

  /** Stores the issue; of two concurrent requests with one `Idempotency-Key`, the second violates a unique index. */
  async store({ repeatable }: SecretIssue, manager: EntityManager): Promise<void> {
    if (!repeatable) return;
    const { row } = repeatable;
    await this.repository.deleteIssuesUntil(row.accountId, this.expiredUntil(), manager);
    await this.repository.insertIssue(row, manager);
  }

  private isCurrent(issue: ApiKeyIssue | null): issue is ApiKeyIssue {
    return issue !== null && issue.createdAt > this.expiredUntil();
  }

  /** Issues up to this time have expired. */
  private expiredUntil(): number {
    return this.clock.now() - REPEATABLE_MS;
  }
}

function derive(secretKey: Uint8Array, { salt, apiKeyId }: ApiKeyIssue, idempotencyKey: string) {
  return derivedSecret(secretKey, salt, `${apiKeyId} ${idempotencyKey}`);
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
