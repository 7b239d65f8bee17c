import { describe, expect, it } from '@jest/globals';
import type { EntityManager, EntitySubscriberInterface } from 'typeorm';
import { DatabaseBench, driverError, LOST } from '../../test/support/data-source.js';
import { SYSTEM, type NewEvent } from '../events/gatehouse-event.js';

const CHANGED: NewEvent = { name: 'account.changed', accountId: 'account-1', ...SYSTEM };
const REFUSED = driverError('23503');

/** A transaction of a host on the bench, told to subscribers as TypeORM tells it. */
class HostTransaction {
  readonly manager: EntityManager;

  constructor(private readonly bench: DatabaseBench) {
    const manager = {
      queryRunner: {},
      transaction: (work: (within: unknown) => unknown) => work(manager),
    };
    this.manager = manager as unknown as EntityManager;
    this.tell('afterTransactionStart');
  }

  tell(name: keyof EntitySubscriberInterface, facts: object = {}): void {
    const event = { queryRunner: this.manager.queryRunner, ...facts };
    for (const subscriber of this.bench.subscribers) {
      (subscriber[name] as ((of: object) => void) | undefined)?.call(subscriber, event);
    }
  }

  commit(): void {
    this.tell('beforeTransactionCommit');
    this.tell('afterQuery', { query: 'COMMIT', success: true });
    this.tell('afterTransactionCommit');
  }

  /** A COMMIT with an error, after which TypeORM rolls back. */
  failAtCommit(error: Error): void {
    this.tell('beforeTransactionCommit');
    this.tell('afterQuery', { query: 'COMMIT', success: false, error });
    this.rollBack();
  }

  rollBack(): void {
    this.tell('beforeTransactionRollback');
    this.tell('afterTransactionRollback');
  }
}

describe("the events of a change in a host's transaction", () => {
  /** @returns what was published after the end of a transaction with one change */
  const published = async (end: (host: HostTransaction) => void, bench = new DatabaseBench()) => {
    const host = new HostTransaction(bench);
    const done = () => Promise.resolve(true);
    await bench.database.transaction(done, done, ['a'], () => [CHANGED], host.manager);
    end(host);
    await bench.database.settled();
    return bench.published;
  };

  it('follow its commit', async () => {
    expect(await published((host) => host.commit())).toEqual(['account.changed']);
  });

  it('are looked up after a COMMIT whose connection broke (S-176)', async () => {
    expect(await published((host) => host.failAtCommit(LOST))).toEqual(['account.changed']);
  });

  it('are none after a COMMIT that the server refused', async () => {
    expect(await published((host) => host.failAtCommit(REFUSED))).toEqual([]);
  });

  it('are none after a COMMIT that was never sent', async () => {
    const unsent = (host: HostTransaction) => {
      host.tell('beforeTransactionCommit');
      host.rollBack();
    };
    expect(await published(unsent)).toEqual([]);
  });

  it('follow a commit that TypeORM reports as failed, because a subscriber of the host threw', async () => {
    const afterwards = (host: HostTransaction) => {
      host.tell('beforeTransactionCommit');
      host.tell('afterQuery', { query: 'COMMIT', success: true });
      host.tell('afterQuery', { query: 'COMMIT', success: false, error: REFUSED });
      host.rollBack();
    };
    expect(await published(afterwards)).toEqual(['account.changed']);
  });

  it('follow a commit whatever a subscriber of the host throws', async () => {
    const bench = new DatabaseBench({
      afterTransactionCommit: () => {
        throw new Error('a subscriber of the host');
      },
    });
    const end = (host: HostTransaction) => expect(() => host.commit()).toThrow('of the host');
    expect(await published(end, bench)).toEqual(['account.changed']);
    expect(bench.invalidated).toEqual([['a']]);
  });
});

describe('a change that waits for its turn', () => {
  it('is not made once the transaction has ended', async () => {
    const bench = new DatabaseBench();
    const host = new HostTransaction(bench);
    const made: string[] = [];
    const change = (name: string, end: () => void) =>
      bench.database.transaction(
        () => {
          made.push(name);
          end();
          return Promise.resolve(true);
        },
        () => Promise.resolve(undefined),
        [name],
        () => [CHANGED],
        host.manager,
      );
    const first = change('first', () => host.rollBack());
    const second = change('second', () => undefined);
    await first;
    await expect(second).rejects.toThrow('the transaction has ended');
    expect(made).toEqual(['first']);
    await bench.database.settled();
    expect(bench.published).toEqual([]);
    expect(bench.invalidated).toContainEqual(['first']);
  });
});

describe('the caches after a lost COMMIT of a host', () => {
  it('are invalidated once more when its outcome is known', async () => {
    const bench = new DatabaseBench();
    const host = new HostTransaction(bench);
    const before: number[] = [];
    const findOutcome = () => {
      before.push(bench.invalidated.length);
      return Promise.resolve(true);
    };
    const done = () => Promise.resolve(true);
    await bench.database.transaction(done, findOutcome, ['a'], () => [CHANGED], host.manager);
    host.failAtCommit(LOST);
    await bench.database.settled();
    expect(before).toEqual([1]);
    expect(bench.invalidated).toEqual([['a'], ['a']]);
  });
});
