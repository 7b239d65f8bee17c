import { createHash } from 'node:crypto';
import { QueryFailedError, type QueryRunner } from 'typeorm';
import { isConnectionLoss } from '../../database-errors.js';
import { PROGRESS_TABLE } from '../../migrations/progress-table.js';
import type { MigrationRun } from '../dialect.js';
import { isAlreadyDone, type Statement } from './statements.js';

interface Row {
  readonly direction: string;
  readonly is_finished: number;
  readonly done: string | null;
  readonly statements: string | null;
}

/**
 * The progress of a migration, on an engine that commits every change of the schema at once.
 *
 * The statements of a step are stored before the first of them is sent, and removed one by one. So after a kill the
 * outcome of at most one is unknown: the first one left. It can be sent again, because it either happens now or fails
 * because it has already happened. Changes of rows between two steps are committed in one transaction with their
 * progress, so they happen once.
 */
export class MigrationProgress {
  /** Steps that an earlier attempt has done, and that this one has not reached yet. */
  private readonly ahead: string[];
  private inTransaction: string[] | undefined;

  private constructor(
    private readonly runner: QueryRunner,
    private readonly name: string,
    private readonly owner: string,
    private done: string[],
    private statements: Statement[],
    readonly isFinished: boolean,
  ) {
    this.ahead = [...done];
  }

  /** Loads the progress of the migration, whose lock `owner` holds; progress in the other direction is discarded. */
  static async load(
    runner: QueryRunner,
    name: string,
    owner: string,
    direction: MigrationRun['direction'],
  ): Promise<MigrationProgress> {
    const [row] = (await runner.query(
      `SELECT direction, is_finished, done, statements FROM ${PROGRESS_TABLE} WHERE name = ?`,
      [name],
    )) as Row[];
    if (row?.direction === direction) {
      const done = JSON.parse(row.done ?? '[]') as string[];
      const statements = JSON.parse(row.statements ?? '[]') as Statement[];
      return new MigrationProgress(runner, name, owner, done, statements, row.is_finished === 1);
    }
    const progress = new MigrationProgress(runner, name, owner, [], [], false);
    await progress.save('direction = ?, is_finished = 0', [direction]);
    return progress;
  }

  /** Completes the step that was interrupted. */
  async resume(): Promise<void> {
    await this.runAll({ isFirstUncertain: true });
  }

  /** Whether an earlier attempt has done the step; true once for each time that it was done. */
  takeDone(step: string): boolean {
    const index = this.ahead.indexOf(step);
    if (index >= 0) this.ahead.splice(index, 1);
    return index >= 0;
  }

  /** @param isTolerant treats a change that exists already as done */
  async run(step: string, statements: Statement[], isTolerant: boolean): Promise<void> {
    await this.commitRows();
    this.done.push(step);
    this.statements = statements;
    await this.save();
    await this.runAll({ isTolerant }).catch(async (error: unknown) => {
      if (isRefusal(error)) await this.noteRefusal(step, statements.length);
      throw error;
    });
  }

  /** Runs a change of rows in a transaction, which is committed before the next change of the schema. */
  async runInTransaction<T>(step: string, change: () => Promise<T>): Promise<T> {
    if (!this.inTransaction) {
      await this.runner.query('START TRANSACTION');
      this.inTransaction = [];
    }
    const result = await change();
    this.inTransaction.push(step);
    return result;
  }

  async finish(): Promise<void> {
    await this.commitRows();
    await this.save('is_finished = 1');
  }

  private async commitRows(): Promise<void> {
    if (!this.inTransaction) return;
    this.done.push(...this.inTransaction);
    this.inTransaction = undefined;
    await this.save();
    await this.runner.query('COMMIT');
  }

  private async runAll({ isFirstUncertain = false, isTolerant = false }): Promise<void> {
    let isUncertain = isFirstUncertain && this.statements[0]?.isRefused !== true;
    for (let next = this.statements[0]; next; next = this.statements[0]) {
      try {
        await this.runner.query(next.query, next.parameters);
      } catch (error) {
        if (!(isUncertain || isTolerant) || !isAlreadyDone(error)) throw error;
      }
      isUncertain = false;
      this.statements = this.statements.slice(1);
      await this.save();
    }
  }

  /** A refused statement did not happen, so the next attempt must not mistake an existing object for its result. */
  private async noteRefusal(step: string, count: number): Promise<void> {
    const [refused, ...rest] = this.statements;
    if (this.statements.length === count) {
      // Nothing of the step has happened: it is planned again, perhaps by a corrected migration.
      this.done.splice(this.done.lastIndexOf(step), 1);
      this.statements = [];
    } else if (refused) {
      this.statements = [{ ...refused, isRefused: true }, ...rest];
    }
    await this.save().catch(() => undefined);
  }

  private async save(also = '', parameters: unknown[] = []): Promise<void> {
    const { affected } = await this.runner.query(
      `UPDATE ${PROGRESS_TABLE} SET ${also === '' ? '' : `${also}, `}done = ?, statements = ?, beat = beat + 1
       WHERE name = ? AND owner = ?`,
      [
        ...parameters,
        JSON.stringify(this.done),
        JSON.stringify(this.statements),
        this.name,
        this.owner,
      ],
      true,
    );
    if (affected !== 1) {
      throw new Error(`the migration ${this.name} was taken over by another instance`);
    }
  }
}

/** Whether the database refused the statement, in contrast to a lost connection. */
function isRefusal(error: unknown): boolean {
  return error instanceof QueryFailedError && !isConnectionLoss(error);
}

/** A name for a step by its content, so that an attempt that skips other steps still finds it. */
export function stepName(method: string, args: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(args)).digest('hex').slice(0, 16);
  return `${method} ${digest}`;
}
