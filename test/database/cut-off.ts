// A DataSource that fails at a statement as if its process had died: from then on it sends nothing.
import type { DataSource, QueryRunner } from 'typeorm';

/** Statements of a migration and its history, without those by which Gatehouse records its progress. */
const CHANGES =
  /^\s*(CREATE|ALTER|DROP|RENAME|INSERT|UPDATE|DELETE|COMMIT)\b(?!.*gatehouse_migration_progress)/s;

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
    let previous = '';
    const watched = async (sql: string, ...rest: unknown[]) => {
      if (isBroken) throw new CutOffError();
      if (!CHANGES.test(sql)) return query(sql, ...rest);
      // A transaction is known by its last change.
      const change = JSON.stringify([sql, rest[0], sql === 'COMMIT' && previous]);
      previous = change;
      const isLast = !isDead && !reached.has(change);
      if (!isLast || left-- > 0) return query(sql, ...rest);
      if (moment === 'after') await query(sql, ...rest);
      reached.add(change);
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
  const connection = (await runner.connect()) as {
    destroy?: () => void;
    connection?: { stream: { destroy: () => void } };
  };
  // pg's client has no such method.
  if (connection.destroy) connection.destroy();
  else connection.connection?.stream.destroy();
}
