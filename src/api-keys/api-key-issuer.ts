import { Inject, Injectable } from '@nestjs/common';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Principal } from '../access/principal.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { RoleAssignment } from '../accounts/role-assignment.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { AuditLog } from '../common/logging/audit-log.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { isUniqueViolation } from '../database/database-errors.js';
import { Database } from '../database/database.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { derivedSecret, newKey, newSecret, secretDigest } from './api-key-format.js';
import type { ApiKeyIssue } from './api-key-issue.entity.js';
import { apiKeyFault } from './api-key-state.js';
import type { ApiKey } from './api-key.entity.js';
import { API_KEYS_OPTIONS, type ApiKeysOptions } from './api-keys-options.js';
import { ApiKeysRepository } from './api-keys.repository.js';

/** How long the same `Idempotency-Key` gets the same answer (contract §7). */
const REPEATABLE_MS = 10 * 60_000;

export type NewApiKey = Pick<ApiKey, 'name' | 'role' | 'allowedIps' | 'expiresAt'>;

/** A key with its secret, which is shown this once. */
export interface IssuedApiKey {
  readonly key: ApiKey;
  readonly secret: string;
}

/** A secret in the making, and the note that lets a lost answer be given again. */
interface Issue {
  readonly apiKeyId: string;
  readonly secret: string;
  /** Absent without an `Idempotency-Key`. */
  readonly note: ApiKeyIssue | undefined;
}

/** Hands out secrets: with a new key, or in place of a key's old one. */
@Injectable()
export class ApiKeyIssuer {
  private readonly secretKey: Uint8Array;

  constructor(
    @Inject(API_KEYS_OPTIONS) private readonly options: ApiKeysOptions,
    private readonly repository: ApiKeysRepository,
    private readonly accounts: AccountsService,
    private readonly roles: RoleAssignment,
    private readonly sessions: SessionsService,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
  ) {
    const [secretKey] = options.secretKeys;
    if (!secretKey) throw new Error('at least one key for API key secrets is needed');
    this.secretKey = secretKey;
  }

  /**
   * Makes a key in the caller's account.
   *
   * @param idempotencyKey the same one gets the same key and secret again for ten minutes
   * @throws CodedException 40001, 40302 for a role that the caller does not hold, 40901, 40902
   */
  async create(
    actor: Principal,
    facts: NewApiKey,
    idempotencyKey: string | undefined,
  ): Promise<IssuedApiKey> {
    const { accountId, id: createdBy } = actor;
    const issue = this.prepare(actor, randomUUID(), ['create', facts], idempotencyKey);
    const now = this.clock.now();
    const key: ApiKey = {
      id: issue.apiKeyId,
      accountId,
      createdBy,
      key: newKey(),
      ...facts,
      secretDigest: secretDigest(issue.secret),
      previousSecretDigest: null,
      previousValidUntil: null,
      revokedAt: null,
      lastAccessedAt: null,
      createdAt: now,
      modifiedAt: now,
    };
    const issued = await this.issue(actor, issue, idempotencyKey, async (manager) => {
      await this.roles.assertAssignableToKey(actor, facts.role, manager);
      // From here on, whoever makes a key in this account comes after us and counts ours (S-91).
      await this.accounts.lock(accountId, manager);
      if (facts.expiresAt !== null && facts.expiresAt <= this.clock.now()) {
        const message = 'expires_at must be in the future';
        throw invalidRequest([{ field: 'expires_at', message }]);
      }
      await this.assertRoom(actor, manager);
      await this.repository.insert(key, manager);
      return key;
    });
    if (issued.key === key) this.record('api_key.created', actor, key);
    return issued;
  }

  /**
   * Gives a key another secret. The old one works for the overlap and not a second longer; without an overlap
   * the key's sessions end too, since the old secret began them.
   *
   * @throws CodedException 40001, 40302 for a key that holds what the caller does not, 40410, 40901 for a
   *   key that is over
   */
  async rotate(
    actor: Principal,
    id: string,
    overlapMs: number,
    idempotencyKey: string | undefined,
  ): Promise<IssuedApiKey> {
    const issue = this.prepare(actor, id, ['rotate', id, overlapMs], idempotencyKey);
    let isRepeated = true;
    const issued = await this.issue(actor, issue, idempotencyKey, async (manager) => {
      const key = await this.repository.lock(actor.accountId, id, manager);
      if (!key) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
      // Its secret would be a way up.
      if (!(await this.roles.covers(actor, key.role, manager))) {
        throw new CodedException(ERROR.SCOPE_INSUFFICIENT, { detail: 'a key above its caller' });
      }
      const now = this.clock.now();
      const fault = apiKeyFault(key, now);
      if (fault) throw new CodedException(ERROR.RESOURCE_CONFLICT, { detail: `key is ${fault}` });
      const secrets = {
        secretDigest: secretDigest(issue.secret),
        previousSecretDigest: overlapMs > 0 ? key.secretDigest : null,
        previousValidUntil: overlapMs > 0 ? now + overlapMs : null,
        modifiedAt: now,
      };
      await this.repository.replaceSecret(key, secrets, manager);
      if (overlapMs === 0) await this.sessions.endAll({ type: 'api_key', id }, manager);
      isRepeated = false;
      return { ...key, ...secrets };
    });
    if (!isRepeated) this.record('api_key.rotated', actor, issued.key);
    return issued;
  }

  private prepare(
    { accountId, id: callerId }: Principal,
    apiKeyId: string,
    request: readonly unknown[],
    idempotencyKey: string | undefined,
  ): Issue {
    if (idempotencyKey === undefined) return { apiKeyId, secret: newSecret(), note: undefined };
    const now = this.clock.now();
    const salt = randomBytes(32).toString('base64url');
    const note: ApiKeyIssue = {
      id: randomUUID(),
      accountId,
      apiKeyId,
      callerDigest: digest([callerId, idempotencyKey]),
      requestDigest: digest(request),
      salt,
      createdAt: now,
      modifiedAt: now,
    };
    return { apiKeyId, secret: derive(this.secretKey, note, idempotencyKey), note };
  }

  private async issue(
    { accountId }: Principal,
    { apiKeyId, secret, note }: Issue,
    idempotencyKey: string | undefined,
    act: (manager: EntityManager) => Promise<ApiKey>,
  ): Promise<IssuedApiKey> {
    const repeatable = async (manager: EntityManager) => {
      const earlier = note && (await this.repository.findIssue(note.callerDigest, manager));
      const isRecent = earlier && earlier.createdAt > this.clock.now() - REPEATABLE_MS;
      return note && isRecent && idempotencyKey !== undefined
        ? this.repeat(note, earlier, idempotencyKey, manager)
        : undefined;
    };
    try {
      return await this.database.transaction(
        async (manager) => {
          const again = await repeatable(manager);
          if (again) return again;
          const outdated = this.clock.now() - REPEATABLE_MS;
          await this.repository.deleteIssuesBefore(accountId, outdated + 1, manager);
          const key = await act(manager);
          if (note) await this.repository.insertIssue(note, manager);
          return { key, secret };
        },
        async (manager) => {
          const key = await this.repository.findOwn(accountId, apiKeyId, manager);
          return key?.secretDigest === secretDigest(secret) ? { key, secret } : undefined;
        },
      );
    } catch (error) {
      // The same request came in twice at once, and the other one was first.
      if (!note || !isUniqueViolation(error)) throw error;
      const again = await this.database.read(repeatable);
      if (!again) throw error;
      return again;
    }
  }

  /** The earlier answer, with the secret made again from its parts. */
  private async repeat(
    note: ApiKeyIssue,
    earlier: ApiKeyIssue,
    idempotencyKey: string,
    manager: EntityManager,
  ): Promise<IssuedApiKey> {
    if (earlier.requestDigest !== note.requestDigest) {
      const message = 'Idempotency-Key was used for another request';
      throw invalidRequest([{ field: 'Idempotency-Key', message }]);
    }
    const key = await this.repository.findOwn(earlier.accountId, earlier.apiKeyId, manager);
    const secret = this.options.secretKeys
      .map((each) => derive(each, earlier, idempotencyKey))
      .find((each) => [key?.secretDigest, key?.previousSecretDigest].includes(secretDigest(each)));
    if (!key || secret === undefined) {
      throw new CodedException(ERROR.RESOURCE_CONFLICT, { detail: 'rotated since' });
    }
    return { key, secret };
  }

  private async assertRoom({ accountId, id }: Principal, manager: EntityManager): Promise<void> {
    const now = this.clock.now();
    const isFull =
      (await this.repository.countLive(accountId, now, manager)) >= this.options.maxPerAccount ||
      (await this.repository.findLiveBy(accountId, id, now, manager)).length >=
        this.options.maxPerCreator;
    if (isFull) throw new CodedException(ERROR.LIMIT_REACHED, { detail: 'live API keys' });
  }

  private record(
    event: 'api_key.created' | 'api_key.rotated',
    { accountId, id: actorId }: Principal,
    { id: apiKeyId }: ApiKey,
  ): void {
    this.audit.record({ event, accountId, actorId, apiKeyId });
  }
}

function derive(secretKey: Uint8Array, { salt, apiKeyId }: ApiKeyIssue, idempotencyKey: string) {
  return derivedSecret(secretKey, salt, `${apiKeyId} ${idempotencyKey}`);
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
