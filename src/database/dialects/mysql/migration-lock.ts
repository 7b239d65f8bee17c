import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';
import { StartError } from '../../../common/errors/start.error.js';
import { dataSourceOf } from '../../data-source-of.js';
import { isRepeatable } from '../../database-errors.js';
import { createProgressTable, PROGRESS_TABLE } from '../../migrations/progress-table.js';

/** Interval of an owner's heartbeat, and the time without one after which the owner counts as dead. */
const BEAT_MS = 2_000;
const SILENCE_MS = 8_000;
const POLL_MS = 200;
/** Of the table of migrations, which hosts with other defaults have too. */
const TABLE_OPTIONS = ' ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
/** How long to wait for a live owner. */
const WAIT_MS = 60_000;

interface LockRow {
  readonly owner: string;
  readonly beat: number | string;
}

/**
 * A lock that is a row, so that, unlike `GET_LOCK`, it holds across the nodes of a cluster and applies to one database
 * only. Every change of owner is a compare-and-swap in one statement.
 *
 * An owner that was killed is detected by its missing heartbeat, measured on the clock of the waiting process, so that
 * no two clocks are compared.
 */
export class MigrationLock {
  readonly owner = randomUUID();
  private heartbeat: NodeJS.Timeout | undefined;

  private constructor(
    private readonly runner: QueryRunner,
    private readonly name: string,
  ) {}

  /**
   * Waits for the lock over the connection of `runner`, which must commit each statement by itself.
   *
   * @throws StartError when another owner is still at work after a minute
   */
  static async acquire(runner: QueryRunner, name: string): Promise<MigrationLock> {
    await createProgressTable(runner, TABLE_OPTIONS);
    const lock = new MigrationLock(runner, name);
    await lock.waitUntilOwned();
    lock.heartbeat = setInterval(() => lock.beat(), BEAT_MS).unref();
    return lock;
  }

  async release(): Promise<void> {
    clearInterval(this.heartbeat);
    const sql = `UPDATE ${PROGRESS_TABLE} SET owner = '', beat = beat + 1 WHERE name = ? AND owner = ?`;
    const parameters = [this.name, this.owner];
    // The connection may be lost; if the database is unavailable too, the lock expires without heartbeats.
    await this.runner.query(sql, parameters).catch(() =>
      dataSourceOf(this.runner)
        .query(sql, parameters)
        .catch(() => undefined),
    );
  }

  private async waitUntilOwned(): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    let seen: LockRow | undefined;
    let silentSince = performance.now();
    for (;;) {
      const row = await this.readRow();
      if (seen?.owner !== row.owner || seen.beat !== row.beat) {
        seen = row;
        silentSince = performance.now();
      }
      const isFree = row.owner === '' || performance.now() - silentSince >= SILENCE_MS;
      if (isFree && (await this.takeFrom(row))) return;
      if (performance.now() >= deadline) {
        throw new StartError(
          `another instance is still migrating (row '${this.name}' of ${PROGRESS_TABLE}): start again when it is done`,
        );
      }
      await sleep(POLL_MS);
    }
  }

  private async readRow(): Promise<LockRow> {
    const sql = `SELECT owner, beat FROM ${PROGRESS_TABLE} WHERE name = ?`;
    let [row] = (await this.runner.query(sql, [this.name])) as LockRow[];
    if (row) return row;
    await this.runner.query(`INSERT IGNORE INTO ${PROGRESS_TABLE} (name) VALUES (?)`, [this.name]);
    [row] = (await this.runner.query(sql, [this.name])) as LockRow[];
    return row ?? { owner: '', beat: 0 };
  }

  private async takeFrom({ owner, beat }: LockRow): Promise<boolean> {
    const sql = `UPDATE ${PROGRESS_TABLE} SET owner = ?, beat = beat + 1 WHERE name = ? AND owner = ? AND beat = ?`;
    try {
      const parameters = [this.owner, this.name, owner, beat];
      return (await this.runner.query(sql, parameters, true)).affected === 1;
    } catch (error) {
      if (!isRepeatable(error)) throw error;
      return false;
    }
  }

  /** Uses another connection, because one statement may occupy that of the migration for minutes. */
  private beat(): void {
    dataSourceOf(this.runner)
      .query(`UPDATE ${PROGRESS_TABLE} SET beat = beat + 1 WHERE name = ? AND owner = ?`, [
        this.name,
        this.owner,
      ])
      .catch(() => undefined);
  }
}
