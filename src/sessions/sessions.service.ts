import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import type { PageQuery } from '../common/paging/page-query.js';
import { Pages, type Page } from '../common/paging/pages.js';
import { Database } from '../database/database.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import type { LiveSession } from './live-session.js';
import { newSession, type NewSession } from './new-session.js';
import { RefreshTokenCodec, type PresentedToken } from './refresh-token-codec.js';
import type { RefreshToken } from './refresh-token.entity.js';
import type { SessionOwner } from './session-owner.js';
import { SESSIONS_OPTIONS, type SessionsOptions } from './sessions-options.js';
import { SessionsRepository } from './sessions.repository.js';

/** As long as a salt. */
const NO_SALT = 'A'.repeat(43);

/** Begins, lists and ends sessions. */
@Injectable()
export class SessionsService {
  constructor(
    @Inject(SESSIONS_OPTIONS) private readonly options: SessionsOptions,
    private readonly codec: RefreshTokenCodec,
    private readonly repository: SessionsRepository,
    private readonly database: Database,
    private readonly pages: Pages,
    private readonly clock: Clock,
  ) {}

  /** Creates a session without storing it, so that its id is known before the commit (S-176). */
  prepare(session: NewSession): RefreshToken {
    const row = newSession(session, this.clock.now(), this.options.lifetimeMs, true);
    return { ...row, keyId: this.codec.keyId };
  }

  /**
   * As {@link prepare}, for a grant without a refresh token (RFC 6749 §4.4.3).
   *
   * @param lifetimeMs lifetime of its only access token
   */
  prepareWithoutRefresh(session: NewSession, lifetimeMs: number): RefreshToken {
    return newSession(session, this.clock.now(), lifetimeMs, false);
  }

  /**
   * Stores a session and ends the holder's oldest ones beyond the limit (S-48). The caller's transaction must hold a
   * lock on the holder, so that of two concurrent grants the second sees the session of the first (S-49).
   */
  async begin(session: RefreshToken, owner: SessionOwner, manager: EntityManager): Promise<void> {
    const now = this.clock.now();
    await this.repository.insert(session, manager);
    if (session.salt === null) return this.repository.deleteSpent(owner, now, manager);
    const { max, maxOfApiKey } = this.options;
    const limit = owner.type === 'user' ? max : maxOfApiKey;
    if (limit === 1) {
      return this.repository.revokeOthers(owner, session.id, now, manager);
    }
    const others = await this.repository.findLiveIds(owner, session.id, now, manager);
    const surplus = others.slice(limit - 1);
    if (surplus.length > 0) await this.repository.revokeMany(surplus, now, manager);
  }

  /** The holder's live sessions, newest first. */
  list(owner: SessionOwner, query: PageQuery): Promise<Page<RefreshToken>> {
    const now = this.clock.now();
    return this.pages.page(query, ['sessions', owner.type, owner.id], (after, take) =>
      this.database.read((manager) => this.repository.findLive(owner, now, after, take, manager)),
    );
  }

  /**
   * Ends all sessions of a user or API key, in the transaction of the change that requires it (S-55).
   *
   * @param exceptId a session that continues
   */
  endAll(owner: SessionOwner, manager: EntityManager, exceptId?: string): Promise<void> {
    return this.repository.revokeAll(owner, exceptId, this.clock.now(), manager);
  }

  find(id: string, manager: EntityManager): Promise<RefreshToken | null> {
    return this.repository.findById(id, manager);
  }

  /**
   * The refresh token that is current for the session.
   *
   * @returns `undefined` when its grant gave none
   */
  tokenOf({ id, generation, salt }: LiveSession): string | undefined {
    return salt === null ? undefined : this.codec.issue(id, generation, salt);
  }

  /** Parses a refresh token; `undefined` for a malformed one. */
  parse(token: string): PresentedToken | undefined {
    return this.codec.parse(token);
  }

  /**
   * Whether the token was issued for the session. Without a session, or for one without refresh tokens, the same keys
   * are derived (S-23).
   */
  isAuthentic(presented: PresentedToken, session: Pick<LiveSession, 'salt'> | undefined): boolean {
    const isGenuine = this.codec.isAuthentic(presented, session?.salt ?? NO_SALT);
    return isGenuine && typeof session?.salt === 'string';
  }

  /**
   * Ends a session; returns whether this call did.
   *
   * @param event recorded if this call ended it
   */
  async end({ id }: Pick<LiveSession, 'id'>, event?: NewEvent): Promise<boolean> {
    const now = this.clock.now();
    return this.database.transaction(
      (manager) => this.repository.revoke(id, now, manager),
      async (manager) => {
        const session = await this.repository.findById(id, manager);
        return session?.revokedAt === null ? undefined : session?.revokedAt === now;
      },
      [id],
      (hasEnded) => (hasEnded && event ? [event] : []),
    );
  }
}
