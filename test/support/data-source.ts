// A DataSource whose connections behave as a spec defines, and a log of the calls on them.
import type { DataSource, EntityManager, EntitySubscriberInterface } from 'typeorm';
import { CacheInvalidation, type ChangedRows } from '../../src/common/cache-invalidation.js';
import { Database } from '../../src/database/database.js';
import { EventBus } from '../../src/events/event-bus.js';
import type { EventName } from '../../src/events/gatehouse-event.js';
import { SetClock } from './unit.js';

type Step = 'begin' | 'commit' | 'rollback' | 'query' | 'release';

/** An error in the form of mysql2 and better-sqlite3. */
export function driverError(
  code: string,
  { errno, fatal = false }: { errno?: number; fatal?: boolean } = {},
): Error {
  return Object.assign(new Error(code), { code, errno, fatal });
}

export const LOST = driverError('PROTOCOL_CONNECTION_LOST', { fatal: true });
export const DEADLOCK = driverError('ER_LOCK_DEADLOCK', { errno: 1213 });

export class DatabaseBench {
  /** Every step, with the number of its connection: `1 begin`. */
  readonly log: string[] = [];
  /** The rows that were invalidated. */
  readonly invalidated: ChangedRows[] = [];
  /** Those of them that other instances invalidate, too. */
  readonly reported: ChangedRows[] = [];
  /** Names of the events that were published. */
  readonly published: EventName[] = [];
  readonly events = new EventBus(new SetClock());
  readonly database: Database;
  /** Makes a step fail or wait; called before the step counts as done. */
  on: (step: Step, connection: number) => void | Promise<void> = () => undefined;
  readonly subscribers: EntitySubscriberInterface[];
  private connections = 0;

  /** @param subscribers of the application */
  constructor(...subscribers: EntitySubscriberInterface[]) {
    this.subscribers = subscribers;
    const dataSource = {
      options: { type: 'mariadb' },
      subscribers,
      createQueryRunner: () => this.newRunner(),
    };
    const changes = new CacheInvalidation();
    changes.onInvalidation((rows) => this.invalidated.push(rows));
    changes.onChange((rows) => this.reported.push(rows));
    this.events.subscribe(({ name }) => this.published.push(name));
    this.database = new Database(dataSource as unknown as DataSource, changes, this.events);
  }

  /** Represents any statement of the work. */
  statement = (manager: EntityManager) => manager.query('statement');

  steps(step: Step | 'destroy'): number {
    return this.log.filter((line) => line.endsWith(` ${step}`)).length;
  }

  private newRunner() {
    const number = ++this.connections;
    const step = async (name: Step) => {
      this.log.push(`${number} ${name}`);
      await this.on(name, number);
    };
    const runner = {
      isTransactionActive: false,
      manager: { query: () => step('query') },
      startTransaction: async () => {
        await step('begin');
        runner.isTransactionActive = true;
      },
      commitTransaction: async () => {
        await step('commit');
        runner.isTransactionActive = false;
      },
      rollbackTransaction: async () => {
        await step('rollback');
        runner.isTransactionActive = false;
      },
      release: () => step('release'),
      connect: () => Promise.resolve({ destroy: () => void this.log.push(`${number} destroy`) }),
    };
    return runner;
  }
}

/** Fails the given step, the first `times` times. */
export function failing(step: string, error: Error, times = Infinity) {
  let left = times;
  return (each: string) => {
    if (each === step && left-- > 0) throw error;
  };
}
