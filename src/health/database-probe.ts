import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/** Longest wait for the database, and how long its answer is shared (contract §1). */
const DATABASE_LIMIT_MS = 1_000;
const SHARED_MS = 1_000;

/** Asks the database whether it answers, at most once a second, however many probes come (contract §1). */
@Injectable()
export class DatabaseProbe {
  private askedAt = -Infinity;
  private answer = Promise.resolve(false);

  constructor(private readonly database: Database) {}

  isUp(): Promise<boolean> {
    // Monotonic, since a clock that is set back would keep an old answer.
    const now = performance.now();
    if (now - this.askedAt >= SHARED_MS) {
      this.askedAt = now;
      this.answer = this.ask();
    }
    return this.answer;
  }

  private ask(): Promise<boolean> {
    return new Promise((resolve) => {
      const limit = setTimeout(resolve, DATABASE_LIMIT_MS, false).unref();
      this.database
        .read((manager) => manager.query('SELECT 1'))
        .then(
          () => resolve(true),
          () => resolve(false),
        )
        .finally(() => clearTimeout(limit));
    });
  }
}
