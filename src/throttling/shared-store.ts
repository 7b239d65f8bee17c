import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { messageOf } from '../common/errors/message-of.js';
import { redisLimiter } from './redis-limiter.js';
import type { RedisClient } from './redis-client.js';
import { STORE_LIMIT_MS } from './timed-limiter.js';
import { withinTime } from '../common/within-time.js';

/** A connection that lasts as long as the application. */
export interface OwnConnection {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  destroy(): void;
}

/** The Redis that instances share; `own` if Gatehouse connects and closes it. */
export interface SharedRedis {
  readonly client: RedisClient;
  readonly own?: OwnConnection;
}

/** {@link SharedRedis}, or `null` where the counters are in the memory of the process. */
export const SHARED_REDIS = Symbol('gatehouse:shared-redis');

const PROBE_INTERVAL_MS = 500;
/** How long a start waits for the connection. */
const START_LIMIT_MS = 1_000;

/**
 * Whether the store of the counters answers. While it does not, every decision is 50301 without a command, and a probe
 * asks for its return (S-32). Without Redis there is nothing to wait for.
 */
@Injectable()
export class SharedStore implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Throttling');
  private isAway = false;
  private isClosed = false;

  constructor(@Inject(SHARED_REDIS) private readonly redis: SharedRedis | null) {}

  async onModuleInit(): Promise<void> {
    if (!this.redis) return;
    const { client, own } = this.redis;
    client.on('error', this.onError);
    // It fails only when it is closed meanwhile; until then it tries again.
    const connected = Promise.resolve(own?.connect()).catch(() => undefined);
    await withinTime(START_LIMIT_MS, connected).catch(() => undefined);
    await this.ping().catch(() => undefined);
  }

  onApplicationShutdown(): void {
    this.isClosed = true;
    if (!this.redis) return;
    const { client, own } = this.redis;
    if (own?.isOpen) own.destroy();
    // A closed client of our own may still report an error; a host's is the host's again.
    if (!own) client.off('error', this.onError);
  }

  /**
   * Costs no round trip.
   *
   * @throws CodedException 50301 while the store is away
   */
  assertAvailable(): void {
    if (!this.redis) return;
    if (!this.isAway && this.redis.client.isReady !== false) return;
    this.goAway('not connected');
    throw new CodedException(ERROR.UNAVAILABLE, { detail: 'the store of the counters is away' });
  }

  /**
   * Runs the commands of one decision.
   *
   * @throws CodedException 50301 when the store is away; what `work` refuses
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (!this.redis) return work();
    this.assertAvailable();
    try {
      return await work();
    } catch (error) {
      if (error instanceof CodedException) throw error;
      this.goAway(messageOf(error));
      throw new CodedException(ERROR.UNAVAILABLE, { cause: error });
    }
  }

  /** @throws CodedException 50301 when the store does not answer now */
  ping(): Promise<void> {
    return this.run(() => withinTime(STORE_LIMIT_MS, this.probe()));
  }

  private readonly onError = (error: NodeJS.ErrnoException): void => {
    // An error of a single command does not close the connection, and its caller learns of it.
    if (this.redis?.client.isReady === false) {
      // Node gives no message when a name has several addresses and none of them answers.
      this.goAway(error.message || (error.code ?? 'not connected'));
    }
  };

  private goAway(reason: string): void {
    if (this.isAway || this.isClosed) return;
    this.isAway = true;
    this.logger.warn(
      `Redis is away: passwords and API keys are answered with 503 until it is back (${reason})`,
    );
    this.probeSoon(0);
  }

  private probeSoon(delayMs: number): void {
    setTimeout(() => void this.probeUntilBack(), delayMs).unref();
  }

  private async probeUntilBack(): Promise<void> {
    if (this.isClosed) return;
    try {
      // One at a time: a client closes a dead connection when it has been silent, and each command breaks the silence.
      await this.probe();
      this.isAway = false;
      this.logger.log('Redis is back');
    } catch {
      this.probeSoon(PROBE_INTERVAL_MS);
    }
  }

  /** The commands of the limiters: a replica or a full Redis answers a PING, and counts nothing. */
  private async probe(): Promise<void> {
    const client = this.redis?.client;
    if (!client) return;
    if (client.isReady === false) throw new Error('not connected');
    const limiter = redisLimiter(client, {
      kind: 'network',
      name: 'probe',
      points: 1,
      seconds: 60,
    });
    await limiter.set('', 1, 60);
    await limiter.reward('');
  }
}
