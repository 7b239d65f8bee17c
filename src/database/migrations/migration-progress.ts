import { createHash } from 'node:crypto';
import { QueryFailedError, type QueryRunner } from 'typeorm';
import { isConnectionLoss } from '../database-errors.js';
import { PROGRESS_TABLE } from './progress-table.js';
import { isAlreadyDone, type Statement } from './statements.js';

export type Direction = 'up' | 'down';

interface Row {
  readonly direction: string;
  readonly is_finished: number;
  readonly done: string | null;
  readonly statements: string | null;
}

/**
 * How far a migration has come, on an engine that commits every change of the schema at once.
 *
 * The statements of a step are noted down before the first of them is sent, and struck off one by one. So after a kill
 * there is at most one of which nobody knows whether it happened, the first one left, and that one may be sent
 * again: it either happens now or fails because it has happened. Changes of rows between two steps are one transaction
 * together with their note, so they happen once.
 */
export class MigrationProgress {
  /** Steps that an earlier attempt has done, and that this one has not come to yet. */
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

  /** Reads the note of the migration, whose lock `owner` holds; a note of the other direction is over. */
  static async load(
    runner: QueryRunner,
    name: string,
    owner: string,
    direction: Direction,
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

  /** Ends the step that was cut off. */
  async resume(): Promise<void> {
    await this.runAll({ isFirstUncertain: true });
  }

  /** Whether an earlier attempt has done the step; true once for each time it did. */
  takeDone(step: string): boolean {
    const index = this.ahead.indexOf(step);
    if (index >= 0) this.ahead.splice(index, 1);
    return index >= 0;
  }

  /** @param isTolerant takes a change that is there already for done */
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

  /** Runs a change of rows in the transaction that ends before the next change of the schema. */
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

  /** A statement that was refused did not happen, so the next attempt must not take the like for its result. */
  private async noteRefusal(step: string, count: number): Promise<void> {
    const [refused, ...rest] = this.statements;
    if (this.statements.length === count) {
      // Nothing of the step has happened: it is computed anew, perhaps by a migration that was corrected.
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

/** Whether the database answered, and did not just fall silent. */
function isRefusal(error: unknown): boolean {
  return error instanceof QueryFailedError && !isConnectionLoss(error);
}

/** A name for a step by what it does, so that it is found again by an attempt that comes a shorter way. */
export function stepName(method: string, args: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(args)).digest('hex').slice(0, 16);
  return `${method} ${digest}`;
}
