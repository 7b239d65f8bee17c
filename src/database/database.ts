import { Inject, Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { CacheInvalidation, type ChangedRows } from '../common/cache-invalidation.js';
import { EventBus } from '../events/event-bus.js';
import type { NewEvent, RoutineEventName } from '../events/gatehouse-event.js';
import type { RowChange } from './compiled-update.js';
import { GATEHOUSE_DATA_SOURCE } from './data-source-token.js';
import {
  DatabaseTimeoutError,
  isConnectionLoss,
  isRepeatable,
  isUnavailable,
  mayHaveCommitted,
} from './database-errors.js';
import type { CommitGroups, Dialect } from './dialects/dialect.js';
import { dialectOf } from './dialects/dialect-of.js';
import { HostChanges } from './host-changes.js';
import { JointUpdates } from './joint-updates.js';
import {
  eventsAfterLookUp,
  recording,
  type Change,
  type EventsOf,
  type FindOutcome,
  type Recorded,
  type Work,
} from './recorded-change.js';

type LoadMany<V> = (keys: readonly string[], manager: EntityManager) => Promise<readonly V[]>;

/** The events of a single statement, which commits by itself, so that nothing can be stored with it. */
type RoutineEventsOf<T> = (result: T) => readonly NewEvent<RoutineEventName>[];

/** Time for one operation with all its repeats: routes answer 503 within 5 s when the database is down (S-178). */
const DEADLINE_MS = 4_000;
/** Minimum time to resolve the outcome of a lost COMMIT. */
const MIN_RESOLVE_MS = 800;
const MAX_REPEATS = 3;
const REPEAT_PAUSE_MS = 25;
const SETTLED_POLL_MS = 5;
/** Most keys in one statement. */
const MAX_BATCH_SIZE = 128;

/**
 * Runs reads, writes and transactions. It alone decides what a fault of the database means for the caller.
 *
 * A temporary fault becomes 50301; the unknown outcome of a commit is looked up, never assumed (S-173 … S-178).
 * Callers decide by unique constraints, row locks and conditional updates, never by a snapshot: transactions are
 * READ COMMITTED, or serialised on SQLite (S-183).
 */
@Injectable()
export class Database {
  /** Set for each transaction on a host's sessions, which may have another level; the service's already have it. */
  private readonly isolation: 'READ COMMITTED' | undefined;
  private readonly dialect: Dialect;
  private readonly groupCommit: CommitGroups | undefined;
  private readonly jointUpdates: JointUpdates | undefined;
  /** False where a statement may be part of its caller's transaction, and so must not serve other callers too. */
  private readonly canBatch: boolean;
  private readonly hostChanges: HostChanges;
  /** Managers of our own work. On SQLite, whose one connection needs no row locks, a host's manager may be the same. */
  private readonly ownManagers = new WeakSet<EntityManager>();
  private underWay = 0;

  constructor(
    @Inject(GATEHOUSE_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly changes: CacheInvalidation,
    private readonly events: EventBus,
  ) {
    this.dialect = dialectOf(dataSource);
    this.isolation = this.dialect.isReadCommitted(dataSource) ? undefined : 'READ COMMITTED';
    this.hostChanges = new HostChanges(this.dialect, changes, events, (work) =>
      this.readBy(newDeadline(), work),
    );
    // First, because TypeORM tells none of those that follow a subscriber that throws.
    dataSource.subscribers.unshift(this.hostChanges.subscriber);
    this.canBatch = this.dialect.followsCallers?.(dataSource) !== true;
    if (this.dialect.updateJointly) {
      this.jointUpdates = new JointUpdates((work, deadline) => this.attempt(work, deadline));
    }
    if (this.canBatch) {
      this.groupCommit = this.dialect.groupCommits?.(
        (work, deadline) => this.attempt(work, deadline),
        (work, deadline) => this.commit(work, deadline),
      );
    }
  }

  /** Resolves when no statement is under way, including those that no request waits for. */
  async settled(): Promise<void> {
    do await sleep(SETTLED_POLL_MS);
    while (this.underWay > 0);
  }

  /**
   * Runs reads, which may be repeated without harm.
   *
   * @param within the manager of a host's transaction, of which the reads are part, or of our own
   * @throws CodedException 50301; within a transaction the error of the driver
   */
  async read<T>(work: Work<T>, within?: EntityManager): Promise<T> {
    if (!within) return this.readBy(newDeadline(), work);
    if (!this.ownManagers.has(within)) this.hostChanges.admit(within);
    return work(within);
  }

  /** Runs reads of whole tables: without the deadline of a request, and without the errors of {@link read}. */
  readAtLength<T>(work: Work<T>): Promise<T> {
    const { dataSource } = this;
    return this.dialect.unlimited?.(dataSource, work) ?? work(dataSource.manager);
  }

  /**
   * Makes a read by key that shares its statement with concurrent requests (ADR 13). Batches are not cached: no request
   * gets a value that was read before it asked.
   *
   * @param load reads several keys at once; returns one value for each key, in the order of the keys
   * @returns the read, which throws CodedException 50301
   */
  batched<V>(load: LoadMany<V>, maxBatchSize = MAX_BATCH_SIZE): (key: string) => Promise<V> {
    const loadMany = (keys: readonly string[]) => this.read((manager) => load(keys, manager));
    if (!this.canBatch) return async (key) => (await loadMany([key]))[0] as V;
    const loader = new DataLoader(loadMany, {
      cache: false,
      maxBatchSize,
      // Waits until the requests that have already arrived have added their keys.
      batchScheduleFn: (dispatch) => void setImmediate(dispatch),
    });
    return (key) => loader.load(key);
  }

  /**
   * Runs one writing statement, which commits by itself.
   *
   * @param findOutcome reads the outcome over a new connection when it is unknown; returns the result, or
   *   `undefined` if the statement did not happen
   * @param changed the rows to invalidate in caches; all rows by default
   * @throws CodedException 50301
   */
  write<T>(work: Work<T>, findOutcome: Work<T | undefined>, changed?: ChangedRows): Promise<T> {
    const surrounding = this.dialect.surroundingManager?.(this.dataSource);
    if (surrounding) return this.refusing(this.hostChanges.statement(surrounding, work, changed));
    const run = (deadline: number) => this.writeAlone(work, deadline);
    return this.writing(run, findOutcome, changed);
  }

  /**
   * As {@link write}, for a compiled update of one row, which may share its statement with concurrent ones.
   *
   * @param eventsOf published once the statement is known to have been committed, and stored nowhere
   * @returns whether the row matched
   */
  async change(
    change: RowChange,
    findOutcome: Work<boolean | undefined>,
    changed: ChangedRows,
    eventsOf: RoutineEventsOf<boolean>,
  ): Promise<boolean> {
    const isChanged = await this.changeRow(change, findOutcome, changed);
    this.events.publishRoutine(eventsOf(isChanged));
    return isChanged;
  }

  private changeRow(
    { update, parameters }: RowChange,
    findOutcome: Work<boolean | undefined>,
    changed: ChangedRows,
  ): Promise<boolean> {
    const alone = async (manager: EntityManager) => (await update.run(manager, parameters)) === 1;
    let jointUpdates = this.jointUpdates;
    if (!jointUpdates) return this.write(alone, findOutcome, changed);
    const run = async (deadline: number) => {
      const isChanged = await jointUpdates?.add({ update, parameters }, deadline);
      // A repeat runs alone, because it has less time left than others.
      jointUpdates = undefined;
      return isChanged === true || this.writeAlone(alone, deadline);
    };
    return this.writing(run, findOutcome, changed);
  }

  /**
   * Runs work that commits as a whole or not at all; repeats it after a deadlock or a similar error.
   *
   * `work` must use the manager it is given for every statement, and may run more than once.
   *
   * @param findOutcome as for {@link write}: finds the result by a self-chosen key after a lost COMMIT (S-176); it gets
   *   the result that was to be committed
   * @param changed as for {@link write}
   * @param eventsOf the events, stored in the transaction (S-152) and published after the commit
   * @param within the manager of a host's transaction, of which the work becomes part: events follow its commit, and
   *   nothing is repeated
   * @throws CodedException 50301; within a host's transaction the error of the driver
   */
  transaction<T>(
    work: Work<T>,
    findOutcome: FindOutcome<T>,
    changed?: ChangedRows,
    eventsOf?: EventsOf<T>,
    within?: EntityManager,
  ): Promise<T> {
    const change = { work, findOutcome, changed, eventsOf };
    if (within) return this.hostChanges.change(within, change);
    const surrounding = this.dialect.surroundingManager?.(this.dataSource);
    // As TypeORM does on SQLite by itself.
    if (surrounding) return this.refusing(this.hostChanges.change(surrounding, change));
    return this.transactionAlone(change);
  }

  /**
   * Calls back after the end of the host's transaction that the caller is part of, however it ends.
   *
   * @param within its manager, if the host passed it on
   * @returns whether there is one
   */
  afterHostTransaction(within: EntityManager | undefined, ended: () => void): boolean {
    const manager = within ?? this.dialect.surroundingManager?.(this.dataSource);
    if (manager) this.hostChanges.afterEnd(manager, ended);
    return manager !== undefined;
  }

  private async transactionAlone<T>(change: Change<T>): Promise<T> {
    const work = recording(change, this.events);
    const { result, events } = await this.changing(change.changed, async (deadline) => {
      let committing: Recorded<T> | undefined;
      try {
        return await this.commit(work, deadline, (recorded) => (committing = recorded));
      } catch (error) {
        if (!committing || !mayHaveCommitted(error)) throw error;
        const lost = committing;
        const findOutcome: Work<T | undefined> = (manager) =>
          change.findOutcome(manager, lost.result);
        const found = await this.resolveOutcome(deadline, findOutcome, error);
        return { result: found, events: eventsAfterLookUp(change, found, lost.events) };
      }
    });
    this.events.publish(events);
    return result;
  }

  private writing<T>(
    run: (deadline: number) => Promise<T>,
    findOutcome: Work<T | undefined>,
    changed: ChangedRows,
  ): Promise<T> {
    return this.changing(changed, async (deadline) => {
      try {
        return await run(deadline);
      } catch (error) {
        if (!mayHaveCommitted(error)) throw error;
        return this.resolveOutcome(deadline, findOutcome, error);
      }
    });
  }

  private writeAlone<T>(work: Work<T>, deadline: number): Promise<T> {
    return this.groupCommit?.add(work, deadline) ?? this.attempt(work, deadline);
  }

  private changing<T>(changed: ChangedRows, run: (deadline: number) => Promise<T>): Promise<T> {
    // Caches are invalidated after a failure too: a commit whose outcome is unknown may have happened.
    return this.repeat(run, changed).finally(() => this.changes.reportChange(changed));
  }

  private async readBy<T>(deadline: number, work: Work<T>): Promise<T> {
    try {
      return await this.attempt(work, deadline);
    } catch (error) {
      // A pooled connection that died while idle fails only at its next use.
      if (!isConnectionLoss(error) || error instanceof DatabaseTimeoutError)
        throw this.refusal(error);
    }
    return this.refusing(this.attempt(work, deadline));
  }

  private async repeat<T>(run: (deadline: number) => Promise<T>, changed: ChangedRows): Promise<T> {
    const deadline = newDeadline();
    for (let repeats = 0; ; repeats++) {
      try {
        return await run(deadline);
      } catch (error) {
        const isLast = repeats === MAX_REPEATS || isOver(deadline);
        if (!isRepeatable(error) || isLast) throw this.refusal(error, changed);
        // A random pause, so that requests which collided once do not collide again.
        await sleep(
          randomInt(REPEAT_PAUSE_MS * 2 ** repeats, REPEAT_PAUSE_MS * 2 ** (repeats + 1)),
        );
      }
    }
  }

  private async resolveOutcome<T>(
    deadline: number,
    findOutcome: Work<T | undefined>,
    cause: unknown,
  ): Promise<T> {
    const atLeast = performance.now() + MIN_RESOLVE_MS;
    const result = await this.readBy(Math.max(deadline, atLeast), findOutcome);
    if (result === undefined) throw this.refusal(cause);
    return result;
  }

  private refusing<T>(result: Promise<T>): Promise<T> {
    return result.catch((error: unknown) => {
      throw this.refusal(error);
    });
  }

  /** Empties the caches while the database is unavailable, so that no request is admitted from memory (S-178). */
  private refusal(error: unknown, changed?: ChangedRows): unknown {
    if (!isUnavailable(error)) return error;
    // Work that changes no access may be slow, or have waited for a connection, while the database answers others.
    const isSlow = changed?.length === 0 && error instanceof DatabaseTimeoutError;
    if (!isSlow) this.changes.invalidate(undefined);
    return new CodedException(ERROR.UNAVAILABLE, { cause: error });
  }

  private commit<T>(
    work: Work<T>,
    deadline: number,
    onCommit: (result: T) => void = () => undefined,
  ): Promise<T> {
    return this.attempt((manager, runner) => {
      const run = async () => {
        const result = await work(manager);
        if (await this.dialect.isAborted?.(runner)) {
          throw new Error('the transaction was aborted by an error that was not passed on');
        }
        return result;
      };
      return commitOrRollBack(runner, this.isolation, run, deadline, onCommit);
    }, deadline);
  }

  private async attempt<T>(
    work: (manager: EntityManager, runner: QueryRunner) => Promise<T>,
    deadline: number,
  ): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    let isHealthy = true;
    this.underWay++;
    this.ownManagers.add(runner.manager);
    try {
      return await withDeadline(
        this.contained(() => work(runner.manager, runner)),
        deadline,
      );
    } catch (error) {
      // If the rollback failed, the next user's statements would become part of this transaction.
      isHealthy = !isConnectionLoss(error) && !runner.isTransactionActive;
      throw error;
    } finally {
      this.underWay--;
      if (isHealthy) await runner.release();
      // A pool that is full gives the runner its connection later.
      else void this.dialect.discard(runner).catch(() => undefined);
    }
  }

  private contained<T>(work: () => T): T {
    return this.dialect.contained ? this.dialect.contained(this.dataSource, work) : work();
  }
}

async function commitOrRollBack<T>(
  runner: QueryRunner,
  isolation: 'READ COMMITTED' | undefined,
  work: () => Promise<T>,
  deadline: number,
  onCommit: (result: T) => void,
): Promise<T> {
  await runner.startTransaction(isolation);
  try {
    // After the deadline the caller was told that nothing happened, so nothing may be committed.
    if (isOver(deadline)) throw timeout();
    const result = await work();
    if (isOver(deadline)) throw timeout();
    onCommit(result);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    // InnoDB undoes only the statement on a lock timeout, so the transaction is rolled back explicitly. If that fails
    // on a lost connection, the first error is the one to report.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

/** On the monotonic clock. */
function newDeadline(): number {
  return performance.now() + DEADLINE_MS;
}

function isOver(deadline: number): boolean {
  return performance.now() >= deadline;
}

function timeout(): DatabaseTimeoutError {
  return new DatabaseTimeoutError(`the database did not answer within ${DEADLINE_MS} ms`);
}

async function withDeadline<T>(work: Promise<T>, deadline: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timeout()), deadline - performance.now());
  });
  work.catch(() => undefined); // It may still fail after the deadline, when nothing handles the rejection.
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
