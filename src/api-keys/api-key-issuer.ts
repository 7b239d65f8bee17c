import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { by, type Actor } from '../access/principal.js';
import { ActorAuthorization, type Operation } from '../accounts/actor-authorization.js';
import { RoleAssignment } from '../accounts/role-assignment.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { invalidRequest } from '../common/validation/validation.pipe.js';
import { isUniqueViolation } from '../database/database-errors.js';
import { Database } from '../database/database.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { ActionLimits } from '../throttling/action-limits.js';
import { assertAllowedIps } from './allowed-ips.js';
import { newKey, secretDigest } from './api-key-format.js';
import { apiKeyFault } from './api-key-state.js';
import type { ApiKey } from './api-key.entity.js';
import { API_KEYS_OPTIONS, type ApiKeysOptions } from './api-keys-options.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { RepeatableSecrets, type IssuedApiKey, type SecretIssue } from './repeatable-secrets.js';

export type NewApiKey = Pick<ApiKey, 'name' | 'role' | 'allowedIps' | 'expiresAt'>;

/** Issues secrets: creates API keys and rotates their secrets. */
@Injectable()
export class ApiKeyIssuer {
  constructor(
    @Inject(API_KEYS_OPTIONS) private readonly options: ApiKeysOptions,
    private readonly secrets: RepeatableSecrets,
    private readonly repository: ApiKeysRepository,
    private readonly authorization: ActorAuthorization,
    private readonly roles: RoleAssignment,
    private readonly sessions: SessionsService,
    private readonly limits: ActionLimits,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Creates a key in the caller's account.
   *
   * @param idempotencyKey a repeated request with the same one gets the same key and secret for ten minutes
   * @throws CodedException 40001, 40302 for a role that the caller does not hold, 40901, 40902, 42901
   */
  async create(
    actor: Actor,
    facts: NewApiKey,
    idempotencyKey: string | undefined,
    within?: EntityManager,
  ): Promise<IssuedApiKey> {
    assertAllowedIps(facts.allowedIps);
    const { accountId, id: actorId } = actor;
    const issue = this.secrets.begin(actor, randomUUID(), ['create', facts], idempotencyKey);
    const now = this.clock.now();
    const key: ApiKey = {
      id: issue.apiKeyId,
      accountId,
      createdBy: actorId,
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
    // The lock on the account makes the next creation wait, so that it counts this key (S-91).
    const operation: Operation = { needs: ['api_keys:write'], isAboutAccount: true };
    const created = { name: 'api_key.created', ...by(actor), apiKeyId: key.id } as const;
    const act = async (acting: Actor, manager: EntityManager) => {
      await this.roles.assertAssignableToKey(acting, facts.role, manager);
      if (facts.expiresAt !== null && facts.expiresAt <= this.clock.now()) {
        const message = 'expires_at must be in the future';
        throw invalidRequest([{ field: 'expires_at', message }]);
      }
      await this.assertBelowLimits(acting, manager);
      await this.repository.insert(key, manager);
      return key;
    };
    return this.issue(actor, operation, issue, created, act, within);
  }

  /**
   * Replaces the secret of a key. The old one is valid exactly until the overlap ends; without an overlap the key's
   * sessions end too, because they began with the old secret.
   *
   * @throws CodedException 40001, 40302 for a key with scopes that the caller does not hold, 40410, 40901 for a key
   *   that has ended, 42901
   */
  async rotate(
    actor: Actor,
    id: string,
    overlapMs: number,
    idempotencyKey: string | undefined,
  ): Promise<IssuedApiKey> {
    const issue = this.secrets.begin(actor, id, ['rotate', id, overlapMs], idempotencyKey);
    const operation: Operation = { needs: ['api_keys:write'], apiKeys: [id] };
    const rotated = { name: 'api_key.rotated', ...by(actor), apiKeyId: id } as const;
    return this.issue(actor, operation, issue, rotated, async (acting, manager) => {
      const key = await this.repository.findOwn(acting.accountId, id, manager);
      if (!key) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
      await this.assertNotAbove(acting, key, manager);
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
      return { ...key, ...secrets };
    });
  }

  private async issue(
    actor: Actor,
    operation: Operation,
    issue: SecretIssue,
    event: NewEvent,
    act: (acting: Actor, manager: EntityManager) => Promise<ApiKey>,
    within?: EntityManager,
  ): Promise<IssuedApiKey> {
    await this.assertMayIssue(actor, issue);
    const { apiKeyId, secret } = issue;
    const run = () =>
      this.database.transaction(
        async (manager) => {
          // Checked for a repeated request too, because the caller may have lost the right to the secret since.
          const acting = await this.authorization.authorize(actor, operation, manager);
          const earlier = await this.secrets.findEarlier(issue, manager);
          if (earlier) {
            await this.assertNotAbove(acting, earlier.key, manager);
            return { issued: earlier, isRepeated: true };
          }
          const key = await act(acting, manager);
          await this.secrets.store(issue, manager);
          return { issued: { key, secret }, isRepeated: false };
        },
        async (manager, lost) => {
          const key = await this.repository.findOwn(actor.accountId, apiKeyId, manager);
          return key?.secretDigest === secretDigest(secret) ? lost : undefined;
        },
        [apiKeyId],
        ({ isRepeated }) => (isRepeated ? [] : [event]),
        within,
      );
    try {
      return (await run()).issued;
    } catch (error) {
      // The same request ran twice at the same time and the other one committed first: this run finds its answer.
      if (!isUniqueViolation(error)) throw error;
      return (await run()).issued;
    }
  }

  /**
   * Counts a secret of a client's request (S-33). A repeated request issues none, so that no limit keeps a client from
   * the secret whose answer it has lost.
   */
  private async assertMayIssue({ id, type, accountId }: Actor, issue: SecretIssue): Promise<void> {
    if (type === 'application' || (await this.secrets.isRepeated(issue))) return;
    await this.limits.count('new_api_key', { caller: id, account: accountId });
  }

  /** Refuses a key with scopes that the caller does not hold: its secret would extend the rights of the caller. */
  private async assertNotAbove(
    acting: Actor,
    { role }: ApiKey,
    manager: EntityManager,
  ): Promise<void> {
    if (await this.roles.covers(acting, role, manager)) return;
    throw new CodedException(ERROR.SCOPE_INSUFFICIENT, { detail: 'a key above its caller' });
  }

  private async assertBelowLimits(actor: Actor, manager: EntityManager): Promise<void> {
    const { accountId } = actor;
    const now = this.clock.now();
    const isFull =
      (await this.repository.countLive(accountId, now, manager)) >= this.options.maxPerAccount ||
      (await this.countLiveBy(actor, now, manager)) >= this.options.maxPerCreator;
    if (isFull) throw new CodedException(ERROR.LIMIT_REACHED, { detail: 'live API keys' });
  }

  /** Counts the live keys that the actor created. The limit for one creator does not apply to the application. */
  private async countLiveBy(
    { accountId, id, type }: Actor,
    now: number,
    manager: EntityManager,
  ): Promise<number> {
    if (type === 'application') return 0;
    return (await this.repository.findLiveBy(accountId, id, now, manager)).length;
  }
}
