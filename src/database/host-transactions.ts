import type { EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { mayHaveCommitted } from './database-errors.js';

/** The runners of hosts' transactions that our calls were given. */
const hostRunners = new WeakSet<QueryRunner>();

/** Whether the manager's transaction is a host's, with an isolation level of the host's choice. */
export function isOfHost({ queryRunner }: EntityManager): boolean {
  return queryRunner !== undefined && hostRunners.has(queryRunner);
}

/** What follows a change in a host's transaction. Neither may throw: TypeORM would report a failed commit. */
export interface Aftermath {
  /** The transaction has been committed. */
  readonly committed: () => void;
  /** It was rolled back; `isUnknown`: its COMMIT got no answer, and may have happened nevertheless. */
  readonly undone: (isUnknown: boolean) => void;
}

type End = 'committed' | 'rolled back' | 'unknown';

interface OpenTransaction {
  /** 1 in the transaction itself, one more in each savepoint. */
  depth: number;
  /** What the answer to its COMMIT says; `undefined` before there is one. */
  end?: End;
  /** The aftermath of each change, with the depth at which it happened. */
  changes: { depth: number; readonly aftermath: Aftermath }[];
  /** Settles when the changes that were asked for so far have ended. */
  turn: Promise<unknown>;
}

/** An open transaction that a host's manager belongs to. */
export interface Admission {
  /** The runner whose transaction it is. */
  readonly holder: QueryRunner;
  readonly transaction: OpenTransaction;
}

type TransactionEvent = { readonly queryRunner: QueryRunner };

interface QueryEvent extends TransactionEvent {
  readonly query: string;
  readonly success: boolean;
  readonly rawResults?: unknown;
  readonly error?: unknown;
}

/**
 * Makes changes within transactions of a host, and learns how these end. TypeORM tells its subscribers of savepoints as
 * of transactions, so that the depth is counted.
 */
export class HostTransactions implements EntitySubscriberInterface {
  private readonly open = new WeakMap<QueryRunner, OpenTransaction>();

  /** @param isRollback whether the driver's answer to a COMMIT says that the transaction was rolled back */
  constructor(private readonly isRollback: (answer: unknown) => boolean | undefined) {}

  /**
   * Admits a runner that a host passes on.
   *
   * @param holder the runner whose transaction it is
   * @throws Error where it has no transaction that TypeORM began
   */
  admit(runner: QueryRunner | undefined, holder: QueryRunner | undefined): Admission {
    const transaction = holder && this.open.get(holder);
    if (!runner || !transaction) {
      throw new Error('the given manager has no open transaction on the DataSource of Gatehouse');
    }
    hostRunners.add(runner);
    return { holder, transaction };
  }

  /**
   * Makes a change in a savepoint, so that its failure leaves the transaction usable. Changes of one transaction run one
   * after another, because savepoints must not overlap.
   */
  async change<T>(
    manager: EntityManager,
    admission: Admission,
    work: (manager: EntityManager) => Promise<T>,
    aftermathOf: (result: T) => Aftermath,
  ): Promise<T> {
    const { transaction } = admission;
    const run = async () => {
      // TypeORM would begin a transaction of its own, which commits.
      if (!this.isOpen(admission)) throw new Error('the transaction has ended');
      const result = await manager.transaction(work);
      this.add(aftermathOf(result), admission);
      return result;
    };
    const change = transaction.turn.then(run);
    transaction.turn = change.catch(() => undefined);
    return change;
  }

  /**
   * Runs one statement that becomes part of a transaction. Without a savepoint: the caller may not wait for it, and a
   * savepoint that is open while the host commits or rolls back would take the place of the host's transaction.
   */
  async statement<T>(
    manager: EntityManager,
    admission: Admission,
    work: (manager: EntityManager) => Promise<T>,
    aftermathOf: (result: T) => Aftermath,
  ): Promise<T> {
    const result = await work(manager);
    this.add(aftermathOf(result), admission);
    return result;
  }

  /** Calls back after the end of the transaction itself, whatever becomes of its savepoints. */
  afterEnd({ transaction }: Admission, ended: () => void): void {
    transaction.changes.push({ depth: 1, aftermath: { committed: ended, undone: ended } });
  }

  afterTransactionStart({ queryRunner }: TransactionEvent): void {
    const transaction = this.open.get(queryRunner);
    if (transaction) transaction.depth++;
    else {
      const turn = Promise.resolve();
      this.open.set(queryRunner, { depth: 1, changes: [], turn });
    }
  }

  /** Before a subscriber of the host can throw, which TypeORM takes for a failed COMMIT. */
  afterQuery({ queryRunner, query, success, rawResults, error }: QueryEvent): void {
    if (query !== 'COMMIT') return;
    const transaction = this.open.get(queryRunner);
    if (!transaction) return;
    if (success) transaction.end = this.isRollback(rawResults) ? 'rolled back' : 'committed';
    else transaction.end ??= mayHaveCommitted(error) ? 'unknown' : 'rolled back';
  }

  afterTransactionCommit({ queryRunner }: TransactionEvent): void {
    const transaction = this.leave(queryRunner);
    if (!transaction) return;
    const { depth, changes, end = 'committed' } = transaction;
    if (depth === 0) return finish(changes, end);
    for (const change of changes) change.depth = Math.min(change.depth, depth);
  }

  /** Before, because a rollback over a lost connection has no end that TypeORM would tell of. */
  beforeTransactionRollback({ queryRunner }: TransactionEvent): void {
    const transaction = this.open.get(queryRunner);
    if (!transaction) return;
    const { changes, depth, end = 'rolled back' } = transaction;
    transaction.changes = changes.filter((change) => change.depth < depth);
    const ended = changes.filter((change) => change.depth >= depth);
    finish(ended, end);
  }

  afterTransactionRollback({ queryRunner }: TransactionEvent): void {
    this.leave(queryRunner);
  }

  private add(aftermath: Aftermath, admission: Admission): void {
    const { changes, depth } = admission.transaction;
    // The host may have ended it meanwhile.
    if (this.isOpen(admission)) changes.push({ depth, aftermath });
    else aftermath.undone(true);
  }

  private isOpen({ holder, transaction }: Admission): boolean {
    return this.open.get(holder) === transaction;
  }

  private leave(runner: QueryRunner): OpenTransaction | undefined {
    const transaction = this.open.get(runner);
    if (transaction && --transaction.depth === 0) this.open.delete(runner);
    return transaction;
  }
}

function finish(changes: OpenTransaction['changes'], end: End): void {
  for (const { aftermath } of changes) {
    if (end === 'committed') aftermath.committed();
    else aftermath.undone(end === 'unknown');
  }
}
