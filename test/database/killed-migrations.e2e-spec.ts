import { expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { signIn, signUp } from '../support/factories.js';
import { createService, startService } from '../support/service.js';
import { definitionsOf, tablesOf } from '../support/schema.js';
import { describeTargets } from '../support/targets.js';

/** How many of the seven tables exist when the service is killed. */
const TABLES = 3;

// cut-off-migrations.e2e-spec.ts interrupts every statement, but breaks the connection and not the process.
describeTargets(
  'a service that is killed while it migrates',
  (target) => {
    it('resumes at its next start (S-203)', async () => {
      const whole = await startService({ target });
      const wanted = await definitionsOf(whole.database);
      await whole.stop();

      const database = await createTestDatabase(target.database);
      const service = await createService({ target, database });
      const started = service.start().catch(() => undefined);
      while ((await countTables(database)) < TABLES) await nextTurn();
      await service.kill();
      await started;
      expect(await definitionsOf(database)).not.toEqual(wanted);

      // Waits until the lock of the killed instance has expired.
      await service.start();
      expect(await definitionsOf(database)).toEqual(wanted);
      await signIn(service, await signUp(service));
      await service.stop();
    });
  },
  { databases: ['mariadb'], adapters: ['fastify'] },
);

/** Counts Gatehouse's tables, without those that record migrations. */
async function countTables(database: TestDatabase): Promise<number> {
  return (await tablesOf(database)).filter((name) => !name.includes('migration')).length;
}
