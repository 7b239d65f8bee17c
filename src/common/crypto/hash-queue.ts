import PQueue from 'p-queue';
import { CodedException } from '../errors/coded.exception.js';
import { ERROR } from '../errors/error-codes.js';

const MAX_WAITING = 1000;

/**
 * Limits how many password hashes run at a time, so that a flood of sign-ins cannot starve
 * requests that merely check a token (S-08).
 */
export class HashQueue {
  private readonly queue: PQueue;

  /**
   * @param concurrency how many hashes run at the same time; more than the number of cores gains nothing
   * @param maxWaitMs how long a hash may wait for its turn
   */
  constructor(
    concurrency: number,
    private readonly maxWaitMs: number,
  ) {
    this.queue = new PQueue({ concurrency });
  }

  /** @throws CodedException 42901 when no turn came in time */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.queue.size >= MAX_WAITING) throw busy();
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.maxWaitMs);
    try {
      return await this.queue.add(
        () => {
          clearTimeout(timer);
          return work();
        },
        { signal: deadline.signal },
      );
    } catch (error) {
      throw deadline.signal.aborted ? busy() : error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function busy(): CodedException {
  return new CodedException(ERROR.TOO_MANY_REQUESTS, {
    detail: 'password hashing is at its limit',
  });
}
