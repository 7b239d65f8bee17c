import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { clientOrigin, type ClientFacts } from '../common/client.decorator.js';
import { Clock } from '../common/clock.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { messageOf } from '../common/errors/message-of.js';
import { Database } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import { ANONYMOUS } from '../events/gatehouse-event.js';
import type { LiveSession } from './live-session.js';
import {
  decideRefresh,
  REPLACED_REFRESH_TOKEN,
  tokenStatus,
  type RefreshCredentials,
  type Continuation,
  type Step,
} from './refresh-decision.js';
import { RefreshTokenCodec, type PresentedToken } from './refresh-token-codec.js';
import { SESSIONS_OPTIONS, type SessionsOptions } from './sessions-options.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

/** How often a session is updated with its last refresh when its tokens do not change. */
const LAST_USE_EXACTNESS_MS = 60_000;

/** The credentials of a refresh, with the refresh token itself. */
type PresentedCredentials = RefreshCredentials & Pick<PresentedToken, 'text'>;

/** The pair that a refresh answers with. */
export interface RefreshedPair {
  readonly refreshToken: string;
  /** Of the access token to issue. */
  readonly accessGeneration: number;
}

/** Continues sessions by their refresh tokens, and ends those whose tokens were reused. */
@Injectable()
export class SessionRefresher {
  private readonly logger = new Logger(SessionRefresher.name);

  constructor(
    @Inject(SESSIONS_OPTIONS) private readonly options: SessionsOptions,
    private readonly codec: RefreshTokenCodec,
    private readonly repository: SessionsRepository,
    private readonly sessions: SessionsService,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {}

  /**
   * Refuses every token of an ended session. It must run before anything else in the request is evaluated.
   *
   * @throws CodedException 40106
   */
  assertLive(session: LiveSession): void {
    if (!this.isLive(session)) throw refused('its session has ended');
  }

  /**
   * Decides how the session continues, and ends it when a token was reused (S-51). No generation changes yet, so that
   * the request may still be refused for another reason.
   *
   * @param session a live one, which {@link assertLive} accepted
   * @param credentials with an authentic refresh token of the session
   * @throws CodedException 40106
   */
  async assertContinues(
    session: LiveSession,
    credentials: RefreshCredentials,
    client: ClientFacts,
  ): Promise<Continuation> {
    const decision = decideRefresh(session, credentials, this.options, this.clock.now());
    if (decision.act === 'end') await this.endForReuse(session, decision.reason, client);
    if (decision.act === 'refuse') await this.reportRefusal(session, decision.reason, client);
    if (decision.act === 'end' || decision.act === 'refuse') throw refused(decision.reason);
    return decision;
  }

  /**
   * Carries out the decision.
   *
   * @param continuation the decision of {@link assertContinues}
   * @throws CodedException 40106, 50301
   */
  async refresh(
    session: LiveSession,
    credentials: PresentedCredentials,
    continuation: Continuation,
    client: ClientFacts,
  ): Promise<RefreshedPair> {
    if (continuation.act === 'keep') {
      this.noteUse(session);
      return this.pairOf(session, credentials);
    }
    if (continuation.act === 'replay') {
      await this.events.report({
        name: 'session.refresh_replayed',
        ...eventFacts(session, client),
      });
      return this.pairOf(session, credentials);
    }
    if (await this.advance(session, continuation, client)) {
      return this.pairOf(stepped(session, continuation), credentials);
    }
    // Another refresh or the end of the session came first: decide again with the current row.
    const current = await this.database.read((manager) =>
      this.repository.findById(session.id, manager),
    );
    if (!current || !this.isLive(current)) {
      await this.reportRefusal(session, 'ended meanwhile', client);
      throw refused('ended meanwhile');
    }
    const next = await this.assertContinues(current, credentials, client);
    return this.refresh(current, credentials, next, client);
  }

  /**
   * Ends the session of the presented token, which is authentic.
   *
   * @returns whether this call ended it; `false` for a reused token, although that ends the session too (S-51)
   */
  async revokePresented(
    session: LiveSession,
    presented: PresentedToken,
    client: ClientFacts,
  ): Promise<boolean> {
    if (!this.isLive(session)) return false;
    const now = this.clock.now();
    const status = tokenStatus(session, presented.generation, this.options, now);
    if (status === 'current' || status === 'predecessor') {
      return this.sessions.end(session, {
        name: 'session.revoked',
        ...eventFacts(session, client),
      });
    }
    if (status === 'replaced') await this.endForReuse(session, REPLACED_REFRESH_TOKEN, client);
    return false;
  }

  private async reportRefusal(
    { accountId, id }: LiveSession,
    reason: string,
    client: ClientFacts,
  ): Promise<void> {
    const facts = { ...ANONYMOUS, accountId, sessionId: id, ...clientOrigin(client), reason };
    await this.events.report({ name: 'refresh_token.refused', ...facts });
  }

  private isLive({ revokedAt, expiresAt }: LiveSession): boolean {
    return revokedAt === null && expiresAt > this.clock.now();
  }

  private pairOf(session: LiveSession, { generation, text }: PresentedCredentials): RefreshedPair {
    const { accessGeneration } = session;
    // The presented text, because the current server secret may derive another one and the token must not change.
    if (generation === session.generation) return { refreshToken: text, accessGeneration };
    const refreshToken = this.sessions.tokenOf(session);
    if (refreshToken === undefined) throw refused('no refresh token');
    return { refreshToken, accessGeneration };
  }

  private advance(session: LiveSession, step: Step, client: ClientFacts): Promise<boolean> {
    const now = this.clock.now();
    const next = stepped(session, step);
    const { keyId } = this.codec;
    const change = this.repository.step(session, { ...step, keyId }, now);
    const findOutcome = async (manager: EntityManager) => {
      const current = await this.repository.findById(session.id, manager);
      if (current && isSameGeneration(current, session)) return undefined;
      return current !== null && isSameGeneration(current, next) && current.steppedAt === now;
    };
    const facts = eventFacts(session, client);
    const refreshed = { name: 'session.refreshed', ...facts } as const;
    if (!step.isSuspicious) {
      const events = (hasAdvanced: boolean) => (hasAdvanced ? [refreshed] : []);
      return this.database.change(change, findOutcome, NO_ACCESS, events);
    }
    return this.database.transaction(
      async (manager) => (await change.update.run(manager, change.parameters)) === 1,
      findOutcome,
      NO_ACCESS,
      (hasAdvanced) =>
        hasAdvanced ? [refreshed, { name: 'session.reuse_suspected', ...facts }] : [],
    );
  }

  private async endForReuse(
    session: LiveSession,
    reason: string,
    client: ClientFacts,
  ): Promise<void> {
    const detected = {
      name: 'session.reuse_detected',
      ...eventFacts(session, client),
      reason,
    } as const;
    // Another request may have ended it, and this is a reuse all the same.
    if (!(await this.sessions.end(session, detected))) await this.events.report(detected);
  }

  /** Records a use in the background; a failure is only logged. */
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
        const reason = messageOf(error);
        this.logger.warn(`the last use of a session was not noted: ${reason}`);
      });
  }
}

/** The actor is the user or key of the session, as far as its tokens prove. */
function eventFacts({ accountId, userId, apiKeyId, id }: LiveSession, client: ClientFacts) {
  return {
    accountId,
    actorId: userId ?? apiKeyId ?? '',
    actorType: userId === null ? ('api_key' as const) : ('user' as const),
    userId: userId ?? undefined,
    apiKeyId: apiKeyId ?? undefined,
    sessionId: id,
    ...clientOrigin(client),
  };
}

type Generations = Pick<LiveSession, 'generation' | 'accessGeneration'>;

function stepped(session: LiveSession, { rotates, accessGeneration }: Step): LiveSession {
  const generation = session.generation + (rotates ? 1 : 0);
  return { ...session, generation, accessGeneration };
}

function isSameGeneration(one: Generations, other: Generations): boolean {
  return one.generation === other.generation && one.accessGeneration === other.accessGeneration;
}

function refused(detail: string): CodedException {
  return new CodedException(ERROR.REFRESH_TOKEN_INVALID, { detail });
}
