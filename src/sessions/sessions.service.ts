import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ClientFacts } from '../common/client.decorator.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { AuditLog } from '../common/logging/audit-log.js';
import type { PageQuery } from '../common/paging/page-query.js';
import { Pages, type Page } from '../common/paging/pages.js';
import { NO_ACCESS } from '../common/changes.js';
import { Database } from '../database/database.js';
import type { LiveSession } from './live-session.js';
import { newSession, type NewSession } from './new-session.js';
import { RefreshTokenCodec, type PresentedToken } from './refresh-token-codec.js';
import type { RefreshToken } from './refresh-token.entity.js';
import type { SessionHolder } from './session-holder.js';
import { SESSIONS_OPTIONS, type SessionsOptions } from './sessions-options.js';
import { SessionsRepository } from './sessions.repository.js';

/** How often a session that keeps its token notes that it was refreshed. */
const LAST_USE_EXACTNESS_MS = 60_000;

/** A verdict on a refresh token under which its session goes on. */
export type Continuation =
  | 'current'
  /** Rotated away so recently that it may be a lost answer, a second tab, or a thief (S-52). */
  | 'predecessor';

type Verdict =
  | Continuation
  | 'forged'
  | 'dead'
  /** Rotated away before: someone has kept a copy (S-51). */
  | 'reused'
  /** Authentic after a restored backup only: no sign of theft. */
  | 'ahead';

/** Begins, continues and ends sessions. */
@Injectable()
export class SessionsService {
  private readonly codec: RefreshTokenCodec;
  private readonly logger = new Logger(SessionsService.name);

  constructor(
    @Inject(SESSIONS_OPTIONS) private readonly options: SessionsOptions,
    private readonly repository: SessionsRepository,
    private readonly database: Database,
    private readonly pages: Pages,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
  ) {
    this.codec = new RefreshTokenCodec(options.refreshTokenKeys);
  }

  /** A session that is not stored yet, so that its id is known before the commit (S-176). */
  prepare(session: NewSession): RefreshToken {
    const row = newSession(session, this.clock.now(), this.options.lifetimeMs, true);
    return { ...row, keyId: this.codec.keyId };
  }

  /**
   * As {@link prepare}, for a grant without a refresh token (RFC 6749 §4.4.3).
   *
   * @param lifetimeMs that of its only access token
   */
  prepareWithoutRefresh(session: NewSession, lifetimeMs: number): RefreshToken {
    return newSession(session, this.clock.now(), lifetimeMs, false);
  }

  /**
   * Stores a session and ends the holder's oldest beyond the limit (S-48). The caller's transaction must hold
   * a lock on the holder, so that of two grants at once one comes second and ends the first's (S-49).
   */
  async begin(session: RefreshToken, holder: SessionHolder, manager: EntityManager): Promise<void> {
    const now = this.clock.now();
    await this.repository.insert(session, manager);
    if (session.salt === null) return this.repository.deleteSpent(holder, now, manager);
    if (this.options.maxSessions === 1) {
      return this.repository.revokeOthers(holder, session.id, now, manager);
    }
    const others = await this.repository.findLiveIds(holder, session.id, now, manager);
    const surplus = others.slice(this.options.maxSessions - 1);
    if (surplus.length > 0) await this.repository.revokeMany(surplus, now, manager);
  }

  /** The holder's live sessions, newest first. */
  list(holder: SessionHolder, query: PageQuery): Promise<Page<RefreshToken>> {
    const now = this.clock.now();
    return this.pages.page(query, ['sessions', holder.type, holder.id], (after, take) =>
      this.database.read((manager) => this.repository.findLive(holder, now, after, take, manager)),
    );
  }

  /**
   * Ends one of the holder's own sessions (S-60).
   *
   * @throws CodedException 40410 for one that is not live, or somebody else's
   */
  async endOwn(holder: SessionHolder & { readonly accountId: string }, id: string): Promise<void> {
    const now = this.clock.now();
    const hasEnded = await this.database.write(
      (manager) => this.repository.revokeOf(holder, id, now, manager),
      async (manager) => {
        const session = await this.repository.findById(id, manager);
        return session?.revokedAt === null ? undefined : session?.revokedAt === now;
      },
      [id],
    );
    if (!hasEnded) throw new CodedException(ERROR.RESOURCE_NOT_FOUND);
    const { accountId, id: actorId, type } = holder;
    const whose = type === 'user' ? { userId: actorId } : { apiKeyId: actorId };
    this.audit.record({ event: 'session.revoked', accountId, ...whose, sessionId: id, actorId });
  }

  /**
   * Ends all sessions of somebody, in the transaction that is the reason for it (S-55).
   *
   * @param exceptId one that goes on
   */
  endAll(holder: SessionHolder, manager: EntityManager, exceptId?: string): Promise<void> {
    return this.repository.revokeAll(holder, exceptId, this.clock.now(), manager);
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

  /** Takes a refresh token apart; `undefined` for anything we never made. */
  parse(token: string): PresentedToken | undefined {
    return this.codec.parse(token);
  }

  /**
   * Refuses a token that does not continue the session; one that was rotated away ends it (S-51).
   *
   * @throws CodedException 40106
   */
  async assertContinues(
    session: LiveSession,
    presented: PresentedToken,
    client: ClientFacts,
  ): Promise<Continuation> {
    const verdict = this.judge(session, presented);
    if (verdict === 'current' || verdict === 'predecessor') return verdict;
    if (verdict === 'reused') await this.endForReuse(session, client);
    throw refused(verdict);
  }

  /**
   * Continues a session with the token that was presented and says which token comes next.
   *
   * @param continuation what {@link assertContinues} said
   * @throws CodedException 40106
   */
  async refresh(
    session: LiveSession,
    presented: PresentedToken,
    continuation: Continuation,
    client: ClientFacts,
  ): Promise<string> {
    if (continuation === 'predecessor') {
      this.audit.record({ event: 'session.refresh_replayed', ...auditFacts(session, client) });
      return this.codec.issue(session.id, session.generation, saltOf(session));
    }
    if (!this.rotates(session)) {
      this.noteUse(session);
      return presented.text;
    }
    const now = this.clock.now();
    if (await this.advance(session, now)) {
      this.audit.record({ event: 'session.refreshed', ...auditFacts(session, client) });
      return this.codec.issue(session.id, session.generation + 1, saltOf(session));
    }
    // Someone came first: a second tab (same successor), or an end of the session (refusal).
    const current = await this.database.read((manager) =>
      this.repository.findById(session.id, manager),
    );
    if (!current || current.generation === session.generation) throw refused('ended meanwhile');
    const next = await this.assertContinues(current, presented, client);
    return this.refresh(current, presented, next, client);
  }

  /**
   * Ends the session that the presented token is current for.
   *
   * @returns whether this call ended it; a token outside the grace rule ends it too, but is refused (S-51)
   */
  async revokePresented(session: LiveSession, presented: PresentedToken): Promise<boolean> {
    const verdict = this.judge(session, presented);
    if (verdict === 'reused') await this.endForReuse(session, undefined);
    return (verdict === 'current' || verdict === 'predecessor') && (await this.end(session));
  }

  /** Ends a session; whether this call was the one that did. */
  async end({ id }: Pick<LiveSession, 'id'>): Promise<boolean> {
    const now = this.clock.now();
    return this.database.write(
      (manager) => this.repository.revoke(id, now, manager),
      async (manager) => {
        const session = await this.repository.findById(id, manager);
        return session?.revokedAt === null ? undefined : session?.revokedAt === now;
      },
      [id],
    );
  }

  private advance(session: LiveSession, now: number): Promise<boolean> {
    return this.database.write(
      (manager) => this.repository.advance({ ...session, keyId: this.codec.keyId }, now, manager),
      async (manager) => {
        const current = await this.repository.findById(session.id, manager);
        if (current?.generation === session.generation) return undefined;
        return current?.generation === session.generation + 1 && current.rotatedAt === now;
      },
      NO_ACCESS,
    );
  }

  private isInGrace(session: LiveSession, presented: PresentedToken): boolean {
    const isPredecessor = presented.generation === session.generation - 1;
    // Either way: a clock that was set back must not bring a grace back (S-187).
    const distance = Math.abs(this.clock.now() - (session.rotatedAt ?? 0));
    return isPredecessor && distance < this.options.reuseGraceMs;
  }

  private async endForReuse(session: LiveSession, client: ClientFacts | undefined): Promise<void> {
    await this.end(session);
    this.audit.record({ event: 'session.reuse_detected', ...auditFacts(session, client) });
  }

  private judge(session: LiveSession, presented: PresentedToken): Verdict {
    const isAuthentic = session.salt !== null && this.codec.isAuthentic(presented, session.salt);
    if (!isAuthentic) return 'forged';
    const isLive = session.revokedAt === null && session.expiresAt > this.clock.now();
    if (!isLive) return 'dead';
    if (presented.generation === session.generation) return 'current';
    if (presented.generation > session.generation) return 'ahead';
    return this.isInGrace(session, presented) ? 'predecessor' : 'reused';
  }

  /** Behind the request's back: whatever becomes of it, the request goes on. */
  private noteUse({ id, lastAccessedAt }: LiveSession): void {
    const now = this.clock.now();
    if (lastAccessedAt > now - LAST_USE_EXACTNESS_MS) return;
    this.database
      .write(
        (manager) => this.repository.touch(id, now, manager),
        () => Promise.resolve(undefined),
        NO_ACCESS,
      )
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : 'unknown';
        this.logger.warn(`the last use of a session was not noted: ${reason}`);
      });
  }

  private rotates(session: LiveSession): boolean {
    const { rotation } = this.options;
    return rotation === 'on' || (rotation === 'auto' && session.userId !== null);
  }
}

/** Only a session with a salt has a token that could have come this far. */
function saltOf({ salt }: LiveSession): string {
  if (salt === null) throw refused('no refresh token');
  return salt;
}

function refused(detail: string): CodedException {
  return new CodedException(ERROR.REFRESH_TOKEN_INVALID, { detail });
}

function auditFacts(session: LiveSession, client: ClientFacts | undefined) {
  return {
    accountId: session.accountId,
    userId: session.userId ?? undefined,
    apiKeyId: session.apiKeyId ?? undefined,
    sessionId: session.id,
    clientAddress: client?.address,
  };
}
