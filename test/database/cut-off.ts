// A DataSource that fails at a statement as if its process had died: from then on it sends nothing.
import type { DataSource, QueryRunner } from 'typeorm';

/** Statements of a migration, without those by which TypeORM and Gatehouse record them. */
const CHANGES =
  /^\s*(CREATE|ALTER|DROP|RENAME|INSERT|UPDATE|DELETE)\b(?!.*gatehouse_migration_progress)/s;

export class CutOffError extends Error {
  override readonly name = 'CutOffError';
}

export type Moment = 'before' | 'after';

/** Statements that earlier attempts have reached, so that each attempt gets one further. */
export type Reached = Set<string>;

/** Makes the DataSource fail at the first change that no earlier attempt has reached, or `skip` changes later. */
export function dieAtNext(
  dataSource: DataSource,
  reached: Reached,
  moment: Moment,
  skip = 0,
): void {
  const { driver } = dataSource;
  const create = driver.createQueryRunner.bind(driver);
  let isDead = false;
  let left = skip;
  driver.createQueryRunner = (mode) => {
    const runner = create(mode);
    const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
    let isBroken = false;
    const watched = async (sql: string, ...rest: unknown[]) => {
      if (isBroken) throw new CutOffError();
      const isLast = !isDead && CHANGES.test(sql) && !reached.has(sql);
      if (!isLast || left-- > 0) return query(sql, ...rest);
      if (moment === 'after') await query(sql, ...rest);
      reached.add(sql);
      isDead = isBroken = true;
      await breakOff(runner);
      throw new CutOffError();
    };
    return Object.assign(runner, { query: watched });
  };
}

/**
 * Repeats the work until one attempt succeeds, each on its own DataSource, which fails one change later.
 *
 * @returns how many attempts were interrupted
 */
export async function attemptAll(
  connect: () => Promise<DataSource>,
  moment: Moment,
  work: (dataSource: DataSource) => Promise<unknown>,
): Promise<number> {
  const reached: Reached = new Set();
  for (let cuts = 0; ; cuts++) {
    const dataSource = await connect();
    dieAtNext(dataSource, reached, moment);
    try {
      await work(dataSource);
      return cuts;
    } catch (error) {
      if (!(error instanceof CutOffError)) throw error;
    } finally {
      await dataSource.destroy();
    }
  }
}

async function breakOff(runner: QueryRunner): Promise<void> {
  const connection = (await runner.connect()) as { destroy?: () => void };
  connection.destroy?.();
}
