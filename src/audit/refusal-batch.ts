import { AsyncResource } from 'node:async_hooks';

/** The work of one caller. */
interface Waiting<T> {
  readonly items: readonly T[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const MAX_CALLERS = 200;

/**
 * Stores what several callers bring in one go. Whatever comes while one is under way waits for the next, so that each
 * waits as long, whatever it brings (S-18).
 */
export class RefusalBatch<T> {
  private waiting: Waiting<T>[] = [];
  private isRunning = false;

  /** Outside of every caller's asynchronous context, so that the work joins no transaction of a host's SQLite. */
  private readonly start = AsyncResource.bind(() => void this.run());

  constructor(private readonly store: (items: readonly T[]) => Promise<void>) {}

  add(items: readonly T[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ items, resolve, reject });
      if (this.isRunning) return;
      this.isRunning = true;
      // Waits until the requests that have already arrived have added theirs.
      setImmediate(this.start);
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_CALLERS);
      try {
        await this.store(batch.flatMap(({ items }) => items));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        // Those who came meanwhile too: with a database that is away they would wait as long again (S-178).
        for (const { reject } of [...batch, ...this.waiting.splice(0)]) reject(error);
      }
    }
    this.isRunning = false;
  }
}
