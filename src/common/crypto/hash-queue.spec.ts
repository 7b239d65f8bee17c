import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, refusalOf } from '../../../test/support/unit.js';
import { HashQueue } from './hash-queue.js';

/** Work that ends on request, and counts how much of it runs at a time. */
class Bench {
  running = 0;
  most = 0;
  started = 0;
  private readonly ends: (() => void)[] = [];

  work = async () => {
    this.started++;
    this.most = Math.max(this.most, ++this.running);
    await new Promise<void>((resolve) => {
      this.ends.push(resolve);
    });
    this.running--;
  };

  /** Ends all work, including work that starts later, until `all` is done. */
  async finish(all: Promise<unknown>): Promise<void> {
    const pump = setInterval(() => this.endAll(), 0);
    await all;
    clearInterval(pump);
  }

  endAll(): void {
    for (const end of this.ends.splice(0)) end();
  }
}

describe('HashQueue', () => {
  it.each([1, 2, 4])('runs no more than %d at a time (S-08)', async (concurrency) => {
    const bench = new Bench();
    const queue = new HashQueue(concurrency, 4000);
    const all = Promise.all(Array.from({ length: 30 }, () => queue.run(bench.work)));
    await bench.finish(all);
    expect([bench.started, bench.most]).toEqual([30, concurrency]);
  });

  it('refuses work that got no turn in time with 42901, and never runs it (S-08)', async () => {
    const bench = new Bench();
    const queue = new HashQueue(1, 40);
    const first = queue.run(bench.work);
    const { entry, headers } = await refusalOf(() => queue.run(bench.work));
    expect([entry.code, entry.status, Number(headers['Retry-After']) > 0]).toEqual([
      42901,
      429,
      true,
    ]);
    bench.endAll();
    await first;
    await sleep(10);
    expect(bench.started).toBe(1);
    // The refused work no longer occupies the queue.
    const next = queue.run(bench.work);
    await sleep(0);
    bench.endAll();
    expect(await codeOf(() => next)).toBeUndefined();
  });

  it('does not limit how long started work runs (S-08)', async () => {
    const queue = new HashQueue(1, 20);
    expect(await queue.run(() => sleep(80, 'done'))).toBe('done');
  });

  it('refuses at once when a thousand wait, and takes work again later (S-08)', async () => {
    const bench = new Bench();
    // Waiting for a turn would outlast the test.
    const queue = new HashQueue(1, 3_600_000);
    const waiting = Array.from({ length: 1001 }, () => queue.run(bench.work));
    expect(await codeOf(() => queue.run(bench.work))).toBe(42901);
    await bench.finish(Promise.all(waiting));
    expect(bench.started).toBe(1001);
  });

  it('passes on the result or error of the work, and runs the next work', async () => {
    const queue = new HashQueue(1, 4000);
    await expect(queue.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(
      queue.run(() => {
        throw new Error('broken at once');
      }),
    ).rejects.toThrow('broken at once');
    expect(await queue.run(() => Promise.resolve(7))).toBe(7);
  });
});
