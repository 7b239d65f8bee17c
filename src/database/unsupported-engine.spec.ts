import { describe, expect, it } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { gatehouseMigrations } from './for-hosts.js';

describe('Migrations on an engine that is not supported', () => {
  it.each(['sqljs', 'sqlite', 'cockroachdb', 'mssql', 'oracle', 'aurora-mysql', 'aurora-postgres'])(
    'name %s before their first statement',
    (type) => {
      const runner = { dataSource: { options: { type } } } as unknown as QueryRunner;
      for (const Migration of gatehouseMigrations()) {
        for (const direction of ['up', 'down'] as const) {
          expect(() => new Migration()[direction](runner)).toThrow(
            `GatehouseModule works on better-sqlite3, mysql, mariadb, postgres, not on ${type}`,
          );
        }
      }
    },
  );
});
