// The real SessionsService and SessionRefresher over a table in memory and a set clock.
import type { Database } from '../../src/database/database.js';
import type { EventBus } from '../../src/events/event-bus.js';
import type { NewEvent } from '../../src/events/gatehouse-event.js';
import { Pages } from '../../src/common/paging/pages.js';
import type { RefreshCredentials, Step } from '../../src/sessions/refresh-decision.js';
import { RefreshTokenCodec, type PresentedToken } from '../../src/sessions/refresh-token-codec.js';
import type { RefreshToken } from '../../src/sessions/refresh-token.entity.js';
import { SessionRefresher, type RefreshedPair } from '../../src/sessions/session-refresher.js';
import type { SessionOwner } from '../../src/sessions/session-owner.js';
import type { SessionsOptions } from '../../src/sessions/sessions-options.js';
import type { SessionsRepository } from '../../src/sessions/sessions.repository.js';
import { SessionsService } from '../../src/sessions/sessions.service.js';
import { DEFAULT_OPTIONS } from './default-options.js';
import { SetClock } from './unit.js';

export const CLIENT = { address: '192.0.2.7', userAgent: 'spec', requestId: 'request-1' };
export const LIFETIME_MS = DEFAULT_OPTIONS.sessions.lifetimeMs;
const MANAGER = {} as Parameters<SessionsService['find']>[1];

/** Replaces SessionsRepository: each statement is one step in memory. */
class TableInMemory {
  readonly rows = new Map<string, RefreshToken>();
  /** Called before the next compare-and-swap, to simulate a concurrent request. */
  beforeStep: (() => void) | undefined;

  insert = (session: RefreshToken) => {
    this.rows.set(session.id, { ...session });
    return Promise.resolve();
  };

  findById = (id: string) => {
    const row = this.rows.get(id);
    return Promise.resolve(row ? { ...row } : null);
  };

  step = (from: RefreshToken, step: Step, now: number) => ({
    update: { run: () => Promise.resolve(this.apply(from, step, now) ? 1 : 0) },
    parameters: {},
  });

  private apply(from: RefreshToken, { rotates, accessGeneration }: Step, now: number): boolean {
    this.beforeStep?.();
    const row = this.rows.get(from.id);
    const isCurrent =
      row?.generation === from.generation &&
      row.accessGeneration === from.accessGeneration &&
      row.revokedAt === null &&
      row.expiresAt > now;
    if (isCurrent) {
      this.change(from.id, {
        ...(rotates ? { generation: from.generation + 1, rotatedAt: now } : {}),
        accessGeneration,
        steppedAt: now,
        lastAccessedAt: now,
        modifiedAt: now,
      });
    }
    return isCurrent;
  }

  touch = (id: string, now: number) => {
    this.change(id, { lastAccessedAt: now });
    return Promise.resolve();
  };

  revoke = (id: string, now: number) => {
    const isLive = this.rows.get(id)?.revokedAt === null;
    if (isLive) this.change(id, { revokedAt: now, modifiedAt: now });
    return Promise.resolve(isLive);
  };

  findLiveIds = ({ id: ownerId }: SessionOwner, exceptId: string, now: number) =>
    Promise.resolve(
      [...this.rows.values()]
        .filter((row) => (row.userId ?? row.apiKeyId) === ownerId && row.id !== exceptId)
        .filter((row) => row.revokedAt === null && row.expiresAt > now)
        .toSorted((one, other) => other.createdAt - one.createdAt)
        .map(({ id }) => id),
    );

  revokeMany = async (ids: readonly string[], now: number) => {
    for (const id of ids) await this.revoke(id, now);
  };

  revokeOthers = async ({ id: ownerId }: SessionOwner, exceptId: string, now: number) => {
    for (const row of this.rows.values()) {
      if ((row.userId ?? row.apiKeyId) === ownerId && row.id !== exceptId)
        await this.revoke(row.id, now);
    }
  };

  change(id: string, values: Partial<RefreshToken>): void {
    const row = this.rows.get(id);
    if (row) this.rows.set(id, { ...row, ...values });
  }
}

/** Credentials beside a refresh token; none by default. */
type Along = Partial<Omit<RefreshCredentials, 'generation'>>;

type Work = (manager: typeof MANAGER) => Promise<unknown>;
type EventsOf = (result: unknown) => NewEvent[];

export class SessionBench {
  readonly clock = new SetClock();
  readonly table = new TableInMemory();
  /** Published events, without ordinary refreshes. */
  readonly events: NewEvent[] = [];
  readonly refreshes: NewEvent[] = [];
  readonly service: SessionsService;
  readonly refresher: SessionRefresher;
  /** The next write reaches the table but its answer is lost, so that the service must resolve the outcome. */
  losesNextAnswer = false;

  constructor(options: Partial<SessionsOptions> = {}) {
    const publish = (...events: NewEvent[]) => {
      for (const event of events)
        (event.name === 'session.refreshed' ? this.refreshes : this.events).push(event);
    };
    const write = async (work: Work, findOut: Work, _changed: unknown, eventsOf?: EventsOf) => {
      let result = await work(MANAGER);
      if (this.losesNextAnswer) result = await findOut(MANAGER);
      this.losesNextAnswer = false;
      publish(...(eventsOf?.(result) ?? []));
      return result;
    };
    const database = {
      read: (work: Work) => work(MANAGER),
      write,
      transaction: write,
      change: (
        { update }: ReturnType<TableInMemory['step']>,
        ...others: [Work, unknown, EventsOf]
      ) => write(async () => (await update.run()) === 1, ...others),
    } as unknown as Database;
    const table = this.table as unknown as SessionsRepository;
    const settings: SessionsOptions = {
      ...DEFAULT_OPTIONS.sessions,
      refreshTokenKeys: [Buffer.alloc(32, 1)],
      ...options,
    };
    const codec = new RefreshTokenCodec(settings.refreshTokenKeys);
    const pages = new Pages({ cursorKeys: [Buffer.alloc(32, 2)], publicUrl: undefined });
    this.service = new SessionsService(settings, codec, table, database, pages, this.clock);
    this.refresher = new SessionRefresher(
      settings,
      codec,
      table,
      this.service,
      database,
      this.clock,
      { report: async (...events: NewEvent[]) => publish(...events) } as unknown as EventBus,
    );
  }

  /** Begins a session of the user or key and returns its id and first token. */
  async begin(
    id = 'user-1',
    type: SessionOwner['type'] = 'user',
  ): Promise<{ id: string; token: string }> {
    const owner: SessionOwner = { type, id };
    const session = this.service.prepare({
      accountId: 'account-1',
      owner,
      scope: undefined,
      client: CLIENT,
    });
    await this.service.begin(session, owner, MANAGER);
    return { id: session.id, token: this.service.tokenOf(session) ?? '' };
  }

  /** Refreshes as a request would: parses the token, finds the session, refreshes it. */
  async refresh(token: string, along: Along = {}): Promise<string> {
    return (await this.refreshPair(token, along)).refreshToken;
  }

  async refreshPair(token: string, along: Along = {}): Promise<RefreshedPair> {
    const { presented, session } = await this.authenticated(token);
    this.refresher.assertLive(session);
    const brought = { accessGeneration: undefined, isKeyProved: false, ...along, ...presented };
    const continuation = await this.refresher.assertContinues(session, brought, CLIENT);
    return this.refresher.refresh(session, brought, continuation, CLIENT);
  }

  async revoke(token: string): Promise<boolean> {
    const { presented, session } = await this.authenticated(token);
    return this.refresher.revokePresented(session, presented, CLIENT);
  }

  /** What the strategy finds: an authentic token and its session. */
  private async authenticated(token: string) {
    const presented = this.presented(token);
    const session = await this.find(presented.sessionId);
    if (!this.service.isAuthentic(presented, session)) throw new Error('forged');
    return { presented, session };
  }

  presented(token: string): PresentedToken {
    const presented = this.service.parse(token);
    if (!presented) throw new Error('no token');
    return presented;
  }

  async find(id: string): Promise<RefreshToken> {
    const session = await this.service.find(id, MANAGER);
    if (!session) throw new Error('no session');
    return session;
  }

  isLive(id: string): boolean {
    return this.table.rows.get(id)?.revokedAt === null;
  }

  get eventNames(): string[] {
    return this.events.map(({ name }) => name);
  }
}
