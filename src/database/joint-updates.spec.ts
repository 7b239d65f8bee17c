import { beforeEach, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { DEADLOCK, LOST } from '../../test/support/data-source.js';
import type { CompiledUpdate } from './compiled-update.js';
import { JointUpdates } from './joint-updates.js';

const MANAGER = {} as EntityManager;
type Rows = Parameters<CompiledUpdate['runJointly']>[1];

let joint: JointUpdates;
let statements: { readonly rows: number; readonly deadline: number }[];
let fault: Error | undefined;

beforeEach(() => {
  [statements, fault] = [[], undefined];
  joint = new JointUpdates((work, deadline) => {
    statements.push({ rows: 0, deadline });
    return work(MANAGER);
  });
});

/** An update that changes the rows whose id is even. */
function newUpdate(): CompiledUpdate {
  const runJointly = (_: EntityManager, rows: Rows) => {
    const last = statements.pop();
    statements.push({ rows: rows.length, deadline: last?.deadline ?? NaN });
    return fault
      ? Promise.reject(fault)
      : Promise.resolve(rows.map(({ id }) => Number(id) % 2 === 0));
  };
  return { runJointly } as unknown as CompiledUpdate;
}

function addAll(update: CompiledUpdate, count: number, deadline = (id: number) => id) {
  return Array.from({ length: count }, (_, id) =>
    joint.add({ update, parameters: { id } }, deadline(id)),
  );
}

it('updates the rows of concurrent requests in one statement, and tells each whether its row was changed', async () => {
  expect(await Promise.all(addAll(newUpdate(), 4, (id) => 9 - id))).toEqual([
    true,
    false,
    true,
    false,
  ]);
  // The deadline of the request that began first counts for all.
  expect(statements).toEqual([{ rows: 4, deadline: 6 }]);
});

it('leaves a request alone that comes alone, or with another update', async () => {
  const alone = [...addAll(newUpdate(), 1), ...addAll(newUpdate(), 1)];
  expect(await Promise.all(alone)).toEqual([false, false]);
  expect(statements).toEqual([]);
});

it('updates at most 32 rows in one statement', async () => {
  await Promise.all(addAll(newUpdate(), 70));
  expect(statements.map(({ rows }) => rows)).toEqual([32, 32, 6]);
});

it('changes no row when its statement was undone, so that each request goes on alone (S-174)', async () => {
  fault = DEADLOCK;
  expect(await Promise.all(addAll(newUpdate(), 2))).toEqual([false, false]);
});

it('fails for all when the statement may have been committed, so that each finds its outcome (S-176)', async () => {
  fault = LOST;
  const outcomes = await Promise.allSettled(addAll(newUpdate(), 2));
  expect(outcomes).toEqual([LOST, LOST].map((reason) => ({ status: 'rejected', reason })));
});
