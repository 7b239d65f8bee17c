// The tests of our tables in a host's database, on the other line of TypeORM that hosts have.
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { importBuilt } from '../support/built.js';
import { onDispose } from '../support/cleanup.js';
import { createTestDatabase } from '../support/database.js';
import { definitionsOf } from '../support/schema.js';
import { sharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';
import { replaceTypeOrm } from '../support/typeorm-0.3.js';

replaceTypeOrm();
const { DataSource } = await import('typeorm');

const root = join(import.meta.dirname, '../..');

describe('TypeORM 0.3', () => {
  it('has the types that our sources need', () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.typeorm-0.3.json'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
  });

  it('is what these tests run on', () => {
    expect(new DataSource({ type: 'postgres' }).createEntityManager()).not.toHaveProperty(
      'dataSource',
    );
  });
});

const { openHostDataSource } = await import('../support/host-data-source.js');
const { pendingChanges } = await import('./pending-changes.js');

describeTargets(
  'TypeORM 0.3',
  (target) => {
    it('makes the schema that TypeORM 1 makes, so that a host can change the version (S-157)', async () => {
      const { gatehouseEntities, gatehouseMigrations } = await importBuilt('index.js');
      const entities = gatehouseEntities();
      const database = await createTestDatabase(target.database);
      const made = await openHostDataSource(database, {
        entities,
        migrations: gatehouseMigrations(),
      });
      onDispose(() => made.destroy());
      await made.runMigrations();
      // The service is a process of its own, on TypeORM 1.
      const service = await sharedService(target);
      expect(await definitionsOf(database)).toEqual(await definitionsOf(service.database));
      const continued = await openHostDataSource(service.database, { entities });
      onDispose(() => continued.destroy());
      expect(await pendingChanges(continued)).toEqual([]);
    });

    it('is asked to refuse missing values in look-ups (S-134)', async () => {
      const { gatehouseEntities, gatehouseMigrations } = await importBuilt('index.js');
      const { adoptDataSource } = await importBuilt('database/adopt-data-source.js');
      const database = await createTestDatabase(target.database);
      const migrations = gatehouseMigrations();
      const options = { entities: gatehouseEntities(), migrations, migrationsRun: true };
      const ignoring = await openHostDataSource(database, {
        ...options,
        invalidWhereValuesBehavior: {},
      });
      onDispose(() => ignoring.destroy());
      await expect(adoptDataSource(ignoring)).rejects.toThrow(
        "add invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' } to its options",
      );
      const refusing = await openHostDataSource(database, options);
      onDispose(() => refusing.destroy());
      await adoptDataSource(refusing);
    });
  },
  { adapters: ['fastify'] },
);

await import('./schema.e2e-spec.js');
await import('./in-a-host.e2e-spec.js');
await import('./host-entities.e2e-spec.js');
await import('./missing-values.e2e-spec.js');
