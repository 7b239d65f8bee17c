import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { by, type Actor } from '../access/principal.js';
import { ActorAuthorization } from '../accounts/actor-authorization.js';
import { RoleUsage } from '../accounts/role-usage.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { messageOf } from '../common/errors/message-of.js';
import type { Origin } from '../common/transport/request-facts.js';
import type { PageQuery } from '../common/paging/page-query.js';
import { Pages, type Page } from '../common/paging/pages.js';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { Database } from '../database/database.js';
import { SYSTEM, type NewEvent } from '../events/gatehouse-event.js';
import type { RefreshToken } from '../sessions/refresh-token.entity.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { apiKeyFault } from './api-key-state.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';

/** Precision of the last use: each key costs at most one write in this time (S-88). */
const LAST_USE_EXACTNESS_MS = 60_000;

type UsableApiKey = Pick<
  ApiKey,
  'id' | 'accountId' | 'revokedAt' | 'expiresAt' | 'lastAccessedAt' | 'createdAt'
>;

/** Lists, checks and ends the API keys of an account. */
@Injectable()
export class ApiKeysService {
  private readonly logger = new Logger(ApiKeysService.name);
  /** Ids of keys whose last use is being written, so that concurrent uses write once. */
  private readonly pendingUses = new Set<string>();

  constructor(
    private readonly repository: ApiKeysRepository,
    private readonly authorization: ActorAuthorization,
    private readonly sessions: SessionsService,
    private readonly database: Database,
    private readonly pages: Pages,
    private readonly clock: Clock,
    roleUsage: RoleUsage,
  ) {
    roleUsage.register((accountId, role, manager) =>
      this.repository.isRoleAssigned(accountId, role, this.clock.now(), manager),
    );
  }

  /** The keys of the caller's account, newest first. */
  list({ accountId }: Actor, query: PageQuery): Promise<Page<ApiKey>> {
    return this.pages.page(query, ['api keys', accountId], (after, take) =>
      this.database.read((manager) => this.repository.findPage(accountId, after, take, manager)),
    );
  }

  /** @throws CodedException 40410, for a key of another account as for an unknown one (S-22) */
  async get({ accountId }: Actor, id: string): Promise<ApiKey> {
    return found(await this.find(accountId, id));
  }

  find(accountId: string, id: string): Promise<ApiKey | null> {
    return this.database.read((manager) => this.repository.findOwn(accountId, id, manager));
  }

  /** @throws CodedException 40410 */
  async listSessions(principal: Actor, id: string, query: PageQuery): Promise<Page<RefreshToken>> {
    await this.get(principal, id);
    return this.sessions.list({ type: 'api_key', id }, query);
  }

  /**
   * Ends a key and its sessions permanently; a second call changes nothing (S-55, S-90).
   *
   * @throws CodedException 40103, 40105, 40302, 40410
   */
  async revoke(actor: Actor, id: string, within?: EntityManager): Promise<ApiKey> {
    const operation = { needs: ['api_keys:write'], apiKeys: [id] } as const;
    const event = { name: 'api_key.revoked', ...by(actor), apiKeyId: id } as const;
    const admit = async (manager: EntityManager) => {
      await this.authorization.authorize(actor, operation, manager);
    };
    return this.end(event, admit, within);
  }

  /** Ends a key whose secret was sent over an unencrypted connection (S-200). */
  async revokeExposed(
    { accountId, id }: Pick<ApiKey, 'id' | 'accountId'>,
    origin: Origin,
  ): Promise<void> {
    await this.end({ name: 'api_key.exposed', accountId, ...SYSTEM, apiKeyId: id, ...origin });
  }

  /** Whether the key is usable now. A key that has lapsed unused is also revoked in its row (S-87, S-90). */
  async isUsable(key: UsableApiKey): Promise<boolean> {
    const fault = apiKeyFault(key, this.clock.now());
    if (fault !== 'unused') return fault === undefined;
    const lapsed = { accountId: key.accountId, ...SYSTEM, apiKeyId: key.id };
    // Permanently, because a clock that is set back must not revive the key. The refusal does not depend on this write.
    await this.end({ name: 'api_key.lapsed', ...lapsed }).catch((error: unknown) =>
      this.warn('a lapsed key was not revoked', error),
    );
    return false;
  }

  /** Records a successful use in the background; a failure is only logged (S-88). */
  noteUse(key: Pick<ApiKey, 'id' | 'lastAccessedAt'>): void {
    const now = this.clock.now();
    const staleAfter = now - LAST_USE_EXACTNESS_MS;
    const isFresh = key.lastAccessedAt !== null && key.lastAccessedAt > staleAfter;
    if (isFresh || this.pendingUses.has(key.id)) return;
    this.pendingUses.add(key.id);
    this.database
      .write(
        (manager) => this.repository.touch(key, now, staleAfter, manager),
        () => Promise.resolve(undefined),
        NO_ACCESS,
      )
      // The verification cache may keep this row.
      .then(() => (key.lastAccessedAt = now))
      .catch((error: unknown) => this.warn('the last use of a key was not noted', error))
      .finally(() => this.pendingUses.delete(key.id));
  }

  /**
   * Records a sign-in and locks the key for the rest of the transaction (S-104).
   *
   * @returns `false` when the key was revoked or its secret replaced meanwhile
   */
  markSignedIn(
    key: { readonly id: string; readonly provenDigest: string },
    manager: EntityManager,
  ): Promise<boolean> {
    return this.repository.markSignedIn(key, this.clock.now(), manager);
  }

  /**
   * Finds the keys that stay when the user who created them is demoted, deactivated or deleted (S-86).
   *
   * @returns an event for each key that stays
   */
  async keepKeysOf(facts: KeptFacts, manager: EntityManager): Promise<NewEvent[]> {
    const now = this.clock.now();
    const keys = await this.repository.findLiveBy(facts.accountId, facts.userId, now, manager);
    return keys.map(({ id }) => kept(id, facts));
  }

  /**
   * @param event published if this call ended the key
   * @param admit throws if the actor may not end the key; absent where there is no actor
   */
  private async end(
    event: NewEvent<'api_key.revoked' | 'api_key.exposed' | 'api_key.lapsed'>,
    admit?: (manager: EntityManager) => Promise<void>,
    within?: EntityManager,
  ): Promise<ApiKey> {
    const { accountId, apiKeyId: id } = event;
    const now = this.clock.now();
    const { key: ended } = await this.database.transaction<EndedKey>(
      async (manager) => {
        await admit?.(manager);
        const key = found(await this.repository.lock(accountId, id, manager));
        if (key.revokedAt !== null) return { key, isChanged: false };
        await this.repository.revoke(key, now, manager);
        await this.sessions.endAll({ type: 'api_key', id }, manager);
        return { key: { ...key, revokedAt: now, modifiedAt: now }, isChanged: true };
      },
      async (manager) => {
        const key = await this.repository.findOwn(accountId, id, manager);
        return key?.revokedAt === now ? { key, isChanged: true } : undefined;
      },
      [id],
      ({ isChanged }) => (isChanged ? [event] : []),
      within,
    );
    return ended;
  }

  private warn(what: string, error: unknown): void {
    this.logger.warn(`${what}: ${messageOf(error)}`);
  }
}

type KeptFacts = Omit<NewEvent<'api_key.kept'>, 'name' | 'apiKeyId'>;

function kept(apiKeyId: string, facts: KeptFacts): NewEvent {
  return { name: 'api_key.kept', ...facts, apiKeyId };
}

interface EndedKey {
  readonly key: ApiKey;
  /** Whether this call ended it. */
  readonly isChanged: boolean;
}

function found(key: ApiKey | null): ApiKey {
  if (!key) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
  return key;
}
