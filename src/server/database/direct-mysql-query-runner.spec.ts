import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import type { MysqlDriver } from 'typeorm/driver/mysql/MysqlDriver.js';
import { driverError } from '../../../test/support/data-source.js';
import { DirectMysqlQueryRunner } from './direct-mysql-query-runner.js';

type Callback = (error: Error | null, result?: unknown) => void;

/** A runner whose connection answers, or refuses prepared statements, and the record of its calls. */
function runnerThat(refusal?: Error) {
  const asked: string[] = [];
  const connection = {
    query: (sql: string, _: unknown[], done: Callback) => {
      asked.push(`query ${sql}`);
      done(null, [{ id: 1 }]);
    },
    execute: (sql: string, _: unknown[], done: Callback) => {
      asked.push(`execute ${sql}`);
      done(refusal ?? null, { affectedRows: 2 });
    },
    unprepare: (sql: string) => void asked.push(`unprepare ${sql}`),
    release: () => void asked.push('release'),
  };
  const driver = {
    dataSource: {},
    options: {},
    obtainMasterConnection: () => Promise.resolve(connection),
  };
  return { asked, runner: new DirectMysqlQueryRunner(driver as unknown as MysqlDriver, 'master') };
}

describe('DirectMysqlQueryRunner', () => {
  it('returns rows, or the number of matched rows', async () => {
    const { runner } = runnerThat();
    expect(await runner.query('SELECT')).toEqual([{ id: 1 }]);
    expect(await runner.query('SELECT', [], true)).toMatchObject({ records: [{ id: 1 }] });
    expect(await runner.queryPrepared('UPDATE', [])).toMatchObject({ affected: 2, records: [] });
  });

  it.each([
    ['unknown command', 1047],
    ['unknown statement', 1243],
    ['not to be prepared', 1295],
    ['too many prepared', 1461],
    ['tables changed', 1615],
  ])('sends a statement as text if the server cannot prepare it: %s', async (_, errno) => {
    const { runner, asked } = runnerThat(driverError('ER_X', { errno }));
    expect(await runner.queryPrepared('SELECT', [])).toMatchObject({ records: [{ id: 1 }] });
    expect(asked).toEqual(['execute SELECT', 'unprepare SELECT', 'query SELECT']);
  });

  it('does not repeat a statement after any other error', async () => {
    const { runner, asked } = runnerThat(driverError('ER_DUP_ENTRY', { errno: 1062 }));
    await expect(runner.queryPrepared('UPDATE', [])).rejects.toThrow(QueryFailedError);
    expect(asked).toEqual(['execute UPDATE']);
  });

  it('runs no statement after its release', async () => {
    const { runner, asked } = runnerThat();
    await runner.query('SELECT');
    await runner.release();
    await expect(runner.query('SELECT')).rejects.toThrow('released');
    expect(asked).toEqual(['query SELECT', 'release']);
  });
});
