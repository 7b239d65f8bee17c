// The statements over a large audit trail: PostgreSQL says how many rows each of them reads.
import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { importBuilt } from '../support/built.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { onDispose } from '../support/cleanup.js';
import { openHostDataSource } from '../support/host-data-source.js';
import { describeTargets } from '../support/targets.js';

const ROWS = 60_000;
const LIMIT = 50;
const ACCOUNT = 'large';

/** A node of a plan of PostgreSQL, after it was run. */
interface Plan {
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

describeTargets(
  'a large audit trail',
  () => {
    let database: TestDatabase;
    let dataSource: DataSource;
    beforeAll(async () => {
      const { gatehouseEntities, gatehouseMigrations } = await importBuilt('index.js');
      database = await createTestDatabase('postgres');
      dataSource = await openHostDataSource(database, {
        entities: gatehouseEntities(),
        migrations: gatehouseMigrations(),
        migrationsRun: true,
      });
      onDispose(() => dataSource.destroy());
      await database.load(`
        INSERT INTO audit_records (id, created_at, account_id, event, outcome, actor_id, actor_type)
          SELECT lpad(n::text, 36, '0'), n, '${ACCOUNT}', 'access.denied', 'failure', 'x', 'user'
          FROM generate_series(1, ${ROWS}) n;
        UPDATE audit_records SET event = 'user.deleted' WHERE created_at = 100;
        INSERT INTO audit_seals (account_id, sequence, audit_id, row_mac, mac)
          SELECT account_id, created_at, id, 'x', 'x' FROM audit_records;
        INSERT INTO audit_chains SELECT '${ACCOUNT}', 1, 1, ${ROWS}, 'x', 'x', 0, '', 'x', 0;
        ANALYZE audit_records; ANALYZE audit_seals; ANALYZE audit_chains;`);
    });

    /** Most rows that one node of the plan of a read goes through. */
    async function rowsReadBy(read: (manager: EntityManager) => Promise<unknown>): Promise<number> {
      const statements: [string, unknown[]][] = [];
      const runner = dataSource.createQueryRunner();
      const run = runner.query.bind(runner);
      runner.query = ((sql: string, parameters: unknown[] = [], ...others: []) => {
        statements.push([sql, parameters]);
        return run(sql, parameters, ...others);
      }) as typeof runner.query;
      await read(runner.manager);
      let most = 0;
      for (const [sql, parameters] of statements) {
        const { records } = await run(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, parameters, true);
        most = Math.max(most, mostOf(records[0]['QUERY PLAN'][0].Plan));
      }
      await runner.release();
      expect(statements).not.toEqual([]);
      return most;
    }

    it('is verified in pages that read no more than their rows (S-214)', async () => {
      const { SealedRowsRepository } = await importBuilt('audit/seal/sealed-rows.repository.js');
      const rows = new SealedRowsRepository();
      const middle = String(ROWS / 2).padStart(36, '0');
      for (const accountId of [undefined, ACCOUNT]) {
        const page = (manager: EntityManager) => rows.findRowIds(accountId, middle, LIMIT, manager);
        expect(await rowsReadBy(page)).toBeLessThanOrEqual(4 * LIMIT);
      }
    });

    it('is asked for accounts to purge by one row of each (S-168)', async () => {
      const { SealedRowsRepository } = await importBuilt('audit/seal/sealed-rows.repository.js');
      const rows = new SealedRowsRepository();
      const found: string[] = [];
      const accounts = async (manager: EntityManager) =>
        void found.push(...(await rows.findAccountsBefore(ROWS, undefined, LIMIT, manager)));
      expect(await rowsReadBy(accounts)).toBe(1);
      expect(found).toEqual([ACCOUNT]);
    });

    it('is exported in pages that read no more than their rows', async () => {
      const { AuditRecordsRepository } = await importBuilt('audit/audit-records.repository.js');
      const { SealKeys } = await importBuilt('audit/seal/seal-keys.js');
      const records = new AuditRecordsRepository(new SealKeys([randomBytes(32)]));
      const after = { createdAt: ROWS / 2, id: String(ROWS / 2).padStart(36, '0') };
      const page = (manager: EntityManager) => records.findPage(ACCOUNT, {}, after, LIMIT, manager);
      expect(await rowsReadBy(page)).toBeLessThanOrEqual(LIMIT + 5);
    });

    it('is listed by an event that is rare by its rows alone', async () => {
      const { AuditRecordsRepository } = await importBuilt('audit/audit-records.repository.js');
      const { SealKeys } = await importBuilt('audit/seal/seal-keys.js');
      const records = new AuditRecordsRepository(new SealKeys([randomBytes(32)]));
      const found: unknown[] = [];
      const page = async (manager: EntityManager) =>
        void found.push(
          ...(await records.findPage(
            ACCOUNT,
            { event: 'user.deleted' },
            undefined,
            LIMIT,
            manager,
          )),
        );
      expect(await rowsReadBy(page)).toBe(1);
      expect(found).toHaveLength(1);
    });
  },
  { databases: ['postgres'], adapters: ['fastify'] },
);

function mostOf(plan: Plan): number {
  const own = plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0);
  return Math.max(own, ...(plan.Plans ?? []).map(mostOf));
}
