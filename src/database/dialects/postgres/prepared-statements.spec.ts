import { describe, expect, it } from '@jest/globals';
import type { DataSource, QueryRunner } from 'typeorm';
import { runPrepared } from './prepared-statements.js';

const TEXT = 'UPDATE note SET text = $1';

/** Statements of one DataSource, as its client and its query runner get them. */
class Bench {
  readonly sent: unknown[] = [];
  isTransactionActive = false;
  isReleased = false;
  /** The SQLSTATE with which the server refuses a prepared statement. */
  refusal: string | undefined;
  private readonly dataSource = { logger: { logQuery: () => undefined } } as unknown as DataSource;

  run(text = TEXT) {
    const { isTransactionActive, isReleased } = this;
    const query = (config: { name: string }) => {
      this.sent.push(config);
      return this.refusal === undefined
        ? Promise.resolve({ rows: [], rowCount: 1 })
        : Promise.reject(Object.assign(new Error('refused'), { code: this.refusal }));
    };
    const runner = {
      isTransactionActive,
      isReleased,
      connect: () => Promise.resolve({ query }),
      query: (...parameters: unknown[]) => {
        this.sent.push(parameters);
        return Promise.resolve({ records: [], affected: 1 });
      },
    };
    return runPrepared(this.dataSource, runner as unknown as QueryRunner, text, ['new']);
  }
}

const prepared = { name: expect.stringMatching(/^gatehouse_\w{40}$/), text: TEXT, values: ['new'] };
const unprepared = [TEXT, ['new'], true];

describe('runPrepared', () => {
  it('names a statement by its text', async () => {
    const bench = new Bench();
    for (const text of [TEXT, `${TEXT} WHERE id = 1`, TEXT]) {
      expect(await bench.run(text)).toEqual({ records: [], affected: 1 });
    }
    const [first, second, third] = bench.sent as { name: string }[];
    expect(first).toEqual(prepared);
    expect(third).toEqual(first);
    expect(second?.name).not.toBe(first?.name);
  });

  it.each(['26000', '42P05', '0A000'])(
    'prepares nothing more for a DataSource whose sessions answer %s',
    async (state) => {
      const [pooled, direct] = [new Bench(), new Bench()];
      pooled.refusal = state;
      for (let time = 0; time < 2; time++) {
        expect(await pooled.run()).toEqual({ records: [], affected: 1 });
      }
      expect(pooled.sent).toEqual([prepared, unprepared, unprepared]);
      await direct.run();
      expect(direct.sent).toEqual([prepared]);
    },
  );

  it('passes another error on, and runs the statement only once', async () => {
    const bench = new Bench();
    bench.refusal = '23505';
    await expect(bench.run()).rejects.toMatchObject({ code: '23505' });
    expect(bench.sent).toEqual([prepared]);
  });

  it('prepares nothing within a transaction, which a refusal would abort', async () => {
    const bench = new Bench();
    bench.isTransactionActive = true;
    await bench.run();
    expect(bench.sent).toEqual([unprepared]);
  });

  it('runs nothing on a connection that was given back', async () => {
    const bench = new Bench();
    bench.isReleased = true;
    await expect(bench.run()).rejects.toThrow('released');
    expect(bench.sent).toEqual([]);
  });
});
