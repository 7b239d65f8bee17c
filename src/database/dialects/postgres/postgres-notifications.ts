import { Logger } from '@nestjs/common';
import { randomInt, randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { ChangedRows } from '../../../common/cache-invalidation.js';
import { messageOf } from '../../../common/errors/message-of.js';
import type { InstanceMessages } from '../../instance-messages.js';
import { messageText, parseMessage, PendingChanges } from './change-messages.js';
import { discard } from './discard.js';

/** The members of a client of `pg` that are used here. The native client has no optional ones. */
export interface PgClient {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  on(event: 'notification', listener: (message: { payload?: string }) => void): unknown;
  connect(): Promise<unknown>;
  query(text: string, values?: readonly unknown[]): Promise<unknown>;
  end(): Promise<void>;
  ref?(): void;
  unref?(): void;
  readonly connection?: { readonly stream: { destroy(): void } };
}

/** The members of a pool of `pg` that are used here. */
export interface PgPool {
  /** The class of the pool's connections: a host may have chosen another one. */
  readonly Client: new (options: object) => PgClient;
  readonly options: {
    readonly password?: unknown;
    /** Sets a new session up. */
    readonly onConnect?: (client: PgClient) => unknown;
  };
}

type OnChange = (rows: ChangedRows) => void;

const CHANNEL = 'gatehouse';
/**
 * Sends messages in one transaction, which does not wait for the disk: losing it does no harm, and NOTIFY holds a lock of
 * the whole server until its transaction has ended.
 */
const NOTIFY = `SELECT set_config('synchronous_commit', 'off', true), pg_notify('${CHANNEL}', message)
FROM unnest($1::text[]) AS message`;

/** Limit for connecting, for each statement and for the arrival of the probe. */
const ANSWER_MS = 5_000;
/** A connection whose other end has silently gone is noticed at the next heartbeat. */
const HEARTBEAT_MS = 15_000;
/** Limits of the pause before the next attempt. */
const LOST_PAUSE_MS = { first: 500, longest: 30_000 };
/** A pooler stays, but a process that was busy for a long time misses the probe, too. */
const POOLED_PAUSE_MS = { first: 20_000, longest: 300_000 };
const STOP_MS = 1_000;

const WITHIN_BOUND = 'changes by other instances take effect within 5 s';

/** A pooler between the service and the database gives each transaction another session, so that LISTEN has no effect. */
class PooledError extends Error {
  constructor() {
    super(`a connection pooler drops notifications: ${WITHIN_BOUND}`);
  }
}

/**
 * Sends changed rows to other instances, and receives theirs, by NOTIFY and LISTEN over one connection beside the pool
 * (ADR 18).
 *
 * Sending is no part of the write's transaction and delays no answer. While one statement is under way, further changes are
 * collected for the next one. A lost message does no harm, because cached rows expire.
 */
export class PostgresNotifications implements InstanceMessages {
  private readonly id = randomUUID();
  private readonly pending = new PendingChanges(this.id);
  private readonly logger = new Logger('Instances');
  /** The connection over which messages are known to arrive. */
  private listener: PgClient | undefined;
  private sending: Promise<void> | undefined;
  private running: Promise<void> | undefined;
  private isStopped = false;
  private isReceiving = true;
  private isPooled = false;
  /** Sessions that ended before their first heartbeat, one after the other. */
  private failures = 0;
  private onProbe = (): void => undefined;
  /** Ends the present session or pause. */
  private interrupt = (_reason: Error): void => undefined;

  constructor(private readonly dataSource: DataSource) {}

  start(onChange: OnChange): void {
    this.running = this.run(onChange);
  }

  send(rows: ChangedRows): void {
    if (this.isStopped || rows?.length === 0) return;
    this.pending.add(rows);
    if (!this.pending.isEmpty) this.sending ??= this.sendPending();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    // From here on the process must live until the last message is sent.
    this.listener?.ref?.();
    await settledWithin(STOP_MS, this.sending);
    this.interrupt(new Error('stopped'));
    await settledWithin(STOP_MS, this.running);
  }

  private async run(onChange: OnChange): Promise<void> {
    while (!this.isStopped) {
      const reason = await this.receiveUntilLost(onChange);
      if (this.isStopped) return;
      this.reportLoss(reason);
      await this.pause(reason);
    }
  }

  /** @returns why the connection ended */
  private async receiveUntilLost(onChange: OnChange): Promise<unknown> {
    let client: PgClient | undefined;
    let heartbeat: NodeJS.Timeout | undefined;
    try {
      const opened = (client = this.newClient());
      const lost = new Promise<never>((_, reject) => {
        this.interrupt = reject;
        opened.on('error', reject);
        opened.on('end', () => reject(new Error('the connection has ended')));
      });
      await Promise.race([lost, this.open(opened, onChange)]);
      this.listener = opened;
      this.reportReceiving();
      heartbeat = setInterval(() => void this.beat(opened), HEARTBEAT_MS).unref();
      return await lost;
    } catch (error) {
      return error;
    } finally {
      clearInterval(heartbeat);
      this.listener = undefined;
      await settledWithin(STOP_MS, client?.end());
      // A server that does not answer would never close the connection.
      client?.connection?.stream.destroy();
    }
  }

  private async open(client: PgClient, onChange: OnChange): Promise<void> {
    client.on('notification', ({ payload }) => this.receive(payload, onChange));
    await answered(client.connect());
    client.unref?.();
    await answered(Promise.resolve(this.pool().options.onConnect?.(client)));
    await answered(client.query(`LISTEN ${CHANNEL}`));
    // Earlier messages were missed.
    onChange(undefined);
    try {
      await this.probe();
    } catch (error) {
      // A pooler would keep the session, with messages that it has to throw away.
      if (error instanceof PooledError) await settledWithin(STOP_MS, client.query('UNLISTEN *'));
      throw error;
    }
  }

  /** Sends a message over the pool: behind a pooler it does not arrive. */
  private async probe(): Promise<void> {
    const arrival = new Promise<void>((resolve) => (this.onProbe = resolve));
    await this.notifyOverPool([messageText(this.id, [])]);
    await answered(arrival).catch(() => {
      throw new PooledError();
    });
  }

  private receive(payload: string | undefined, onChange: OnChange): void {
    const { from, rows } = parseMessage(payload);
    if (from !== this.id) onChange(rows);
    else if (rows?.length === 0) this.onProbe();
  }

  private async beat(client: PgClient): Promise<void> {
    try {
      // A connection that outlives the pool would keep the database from being dropped.
      this.pool();
      await answered(client.query('SELECT 1'));
      this.failures = 0;
    } catch (error) {
      if (client === this.listener) this.interrupt(asError(error));
    }
  }

  private async sendPending(): Promise<void> {
    for (let texts = this.pending.take(); texts.length > 0; texts = this.pending.take()) {
      await this.notify(texts);
    }
    this.sending = undefined;
  }

  private async notify(texts: readonly string[]): Promise<void> {
    const { listener } = this;
    try {
      if (listener) return void (await answered(listener.query(NOTIFY, [texts])));
    } catch (error) {
      if (listener === this.listener) this.interrupt(asError(error));
    }
    await this.notifyOverPool(texts).catch(() => undefined);
  }

  /** Drops the connection of a statement that fails: it may still wait for an answer, and the pool is small. */
  private async notifyOverPool(texts: readonly string[]): Promise<void> {
    this.pool();
    const runner = this.dataSource.createQueryRunner();
    try {
      await answered(runner.query(NOTIFY, [texts]));
      await runner.release();
    } catch (error) {
      void discard(runner).catch(() => undefined);
      throw error;
    }
  }

  private newClient(): PgClient {
    const { Client, options } = this.pool();
    return new Client({
      ...options,
      // The pool hides it from enumeration.
      password: options.password,
      application_name: 'gatehouse-listener',
      connectionTimeoutMillis: ANSWER_MS,
      keepAlive: true,
    });
  }

  /** Read at each use, because a host may close its DataSource and open it again. */
  private pool(): PgPool {
    const { master } = this.dataSource.driver as unknown as { master?: PgPool };
    if (!master) throw new Error('the DataSource is closed');
    return master;
  }

  private async pause(reason: unknown): Promise<void> {
    const { first, longest } = reason instanceof PooledError ? POOLED_PAUSE_MS : LOST_PAUSE_MS;
    const upTo = Math.min(first * 2 ** this.failures++, longest);
    // A random pause, because all instances lose their connections at the same time.
    const pauseMs = randomInt(upTo / 2, upTo);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs).unref();
      this.interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private reportReceiving(): void {
    if (!this.isReceiving) this.logger.log('changes by other instances take effect at once again');
    this.isReceiving = true;
  }

  /** Logs the first of several attempts that fail. */
  private reportLoss(reason: unknown): void {
    const isPooled = reason instanceof PooledError;
    if (isPooled !== this.isPooled) this.failures = 0;
    if (this.isReceiving || isPooled !== this.isPooled) {
      this.logger.warn(
        isPooled
          ? reason.message
          : `no connection for notifications (${reasonOf(reason)}): ${WITHIN_BOUND}`,
      );
    }
    this.isReceiving = false;
    this.isPooled = isPooled;
  }
}

/** Settles within {@link ANSWER_MS}, and keeps no process alive that has nothing else to do. */
function answered<T>(work: Promise<T>): Promise<T> {
  return within(ANSWER_MS, work, { ref: false });
}

/** Resolves when the work has ended, in whatever way, or its time has. */
async function settledWithin(limitMs: number, work: Promise<unknown> | undefined): Promise<void> {
  if (work) await within(limitMs, work, { ref: true }).catch(() => undefined);
}

async function within<T>(
  limitMs: number,
  work: Promise<T>,
  { ref }: { readonly ref: boolean },
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
    if (!ref) timer.unref();
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

/** Node gives the errors of several addresses no common message. */
function reasonOf(error: unknown): string {
  return messageOf(error) || String((error as NodeJS.ErrnoException).code);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('unknown', { cause: error });
}
