import { Semaphore, withTimeout, type SemaphoreInterface } from 'async-mutex';
import { CodedException } from '../errors/coded.exception.js';
import { ERROR } from '../errors/error-codes.js';

const MAX_WAITING = 1000;
const LATE = new Error('no turn in time');

/**
 * Limits how many password hashes run at a time, so that a flood of sign-ins cannot starve
 * requests that merely check a token (S-08).
 */
export class HashQueue {
  private readonly turns: SemaphoreInterface;
  private readonly limit: number;
  private admitted = 0;

  /**
   * @param concurrency how many hashes run at the same time; more than the number of cores gains nothing
   * @param maxWaitMs how long a hash may wait for its turn
   */
  constructor(concurrency: number, maxWaitMs: number) {
    this.turns = withTimeout(new Semaphore(concurrency), maxWaitMs, LATE);
    this.limit = concurrency + MAX_WAITING;
  }

  /** @throws CodedException 42901 when no turn came in time */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.admitted >= this.limit) throw busy();
    this.admitted++;
    try {
      return await this.turns.runExclusive(() => work());
    } catch (error) {
      throw error === LATE ? busy() : error;
    } finally {
      this.admitted--;
    }
  }
}

function busy(): CodedException {
  return new CodedException(ERROR.TOO_MANY_REQUESTS, {
    detail: 'password hashing is at its limit',
  });
}
