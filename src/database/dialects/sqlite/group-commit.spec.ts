import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource, EntityManager } from 'typeorm';
import { codeOf, SetClock } from '../../../../test/support/unit.js';
import { CacheInvalidation } from '../../../common/cache-invalidation.js';
import { EventBus } from '../../../events/event-bus.js';
import { openDataSource } from '../../../server/database/open-data-source.js';
import { Database } from '../../database.js';
import { GroupCommit } from './group-commit.js';
import { SerializedQueryRunner } from './sqlite-serialization.js';

const directory = mkdtempSync(join(tmpdir(), 'gatehouse-sqlite-'));
const url = `sqlite:${join(directory, 'gatehouse.sqlite')}`;
let dataSource: DataSource;
let database: Database;

beforeAll(async () => {
  dataSource = await openDataSource({ url, tls: 'auto', caFile: undefined });
  database = new Database(dataSource, new CacheInvalidation(), new EventBus(new SetClock()));
  await dataSource.query('CREATE TABLE marks (name TEXT PRIMARY KEY)');
});

beforeEach(() => dataSource.query('DELETE FROM marks'));

afterEach(() => void jest.restoreAllMocks());

afterAll(async () => {
  await dataSource.destroy();
  rmSync(directory, { recursive: true, force: true });
});

const add = (name: string) => (manager: EntityManager) =>
  manager.query('INSERT INTO marks VALUES (?)', [name]);
const notFound = () => Promise.resolve(undefined);
const write = (name: string) => database.write(add(name), notFound);
const count = async () => {
  const [row] = await dataSource.query<{ n: number }[]>('SELECT COUNT(*) AS n FROM marks');
  return row?.n;
};
const spyOn = (method: 'commitTransaction' | 'startTransaction') =>
  jest.spyOn(SerializedQueryRunner.prototype, method);

describe('group commit of single statements', () => {
  it('commits concurrent statements once, and gives each its own result', async () => {
    const commit = spyOn('commitTransaction');
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        database.write(async (manager) => {
          await add(`mark ${index}`)(manager);
          return index;
        }, notFound),
      ),
    );
    expect(results).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(commit).toHaveBeenCalledTimes(1);
    expect(await count()).toBe(20);
  });

  it('commits a single statement by itself', async () => {
    const start = spyOn('startTransaction');
    await write('alone');
    expect(start).not.toHaveBeenCalled();
    expect(await count()).toBe(1);
  });

  it('rejects only the statement that failed (S-179)', async () => {
    await write('taken');
    const results = await Promise.allSettled(['a', 'taken', 'b'].map(write));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await count()).toBe(3);
  });

  it('answers no request before its statement is committed (S-173)', async () => {
    let answered = 0;
    const seen: number[] = [];
    class Observed extends SerializedQueryRunner {
      override async commitTransaction(): Promise<void> {
        seen.push(answered);
        await super.commitTransaction();
      }
    }
    const create = dataSource.createQueryRunner.bind(dataSource);
    jest.spyOn(dataSource, 'createQueryRunner').mockImplementation(() => {
      const runner = create();
      Object.setPrototypeOf(runner, Observed.prototype);
      return runner;
    });
    await Promise.all(['a', 'b', 'c'].map((name) => write(name).then(() => answered++)));
    expect([seen, answered]).toEqual([[0], 3]);
  });

  it('rejects all statements when the commit fails, and stores nothing (S-173)', async () => {
    spyOn('commitTransaction').mockRejectedValue(new Error('no commit'));
    const results = await Promise.allSettled(['a', 'b', 'c'].map(write));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    jest.restoreAllMocks();
    expect(await count()).toBe(0);
    await write('next');
    expect(await count()).toBe(1);
  });

  it('stores nothing of a transaction that a full disk rolled back', async () => {
    const pages = await dataSource.query<{ page_count: number }[]>('PRAGMA page_count');
    await dataSource.query(`PRAGMA max_page_count = ${pages[0]?.page_count}`);
    const wide = (name: string) => write(name + 'x'.repeat(100_000));
    const codes = await Promise.all(
      [write('small'), wide('a'), wide('b')].map((each) => codeOf(() => each)),
    );
    expect(codes.filter((code) => code === undefined)).toEqual([]);
    await dataSource.query('PRAGMA max_page_count = 1000000');
    expect(await count()).toBe(0);
  });

  it('commits a statement with an early deadline alone, because the deadline would count for all', async () => {
    const ran: string[] = [];
    const run =
      (how: string) =>
      <T>(work: (manager: EntityManager) => Promise<T>, deadline: number): Promise<T> => {
        ran.push(`${how} until ${deadline}`);
        return work({ dataSource } as unknown as EntityManager);
      };
    const writes = new GroupCommit(run('alone'), run('together'));
    const nothing = () => Promise.resolve();
    await Promise.all([5_000, 1_000, 4_900].map((deadline) => writes.add(nothing, deadline)));
    expect(ran).toEqual(['alone until 1000', 'together until 4900']);
  });
});
