// A start whose keys do not fit the database (S-206); test/database/known-keys.e2e-spec.ts tests the counts.
import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { signIn, signUp } from '../support/factories.js';
import { runToExit, startService, type Environment } from '../support/service.js';
import { refresh } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const newSecret = () => randomBytes(48).toString('base64url');

/** The one line that the refused start wrote. */
async function refusedStart(database: TestDatabase, env: Environment): Promise<string> {
  const { code, output } = await runToExit({ DATABASE_URL: database.url, ...env });
  expect(code).toBe(1);
  const lines = output.trim().split('\n');
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

describeTargets(
  'a database that was used with another GATEHOUSE_SECRET',
  (target) => {
    it('stops the start with one line, and works with the former secret after the new one (S-206, S-201)', async () => {
      const database = await createTestDatabase(target.database);
      const [former, current] = [newSecret(), newSecret()];
      const start = (secret: string) =>
        startService({ target, database, env: { GATEHOUSE_SECRET: secret } });
      const before = await start(former);
      const user = await signUp(before);
      const { refresh_token } = await signIn(before, user);
      await before.stop();

      const line = await refusedStart(database, { GATEHOUSE_SECRET: current });
      expect(line).toMatch(
        /^Gatehouse cannot start: GATEHOUSE_SECRET does not fit the database: 2 password hashes and 1 live session were made with a key that is not set any more; .* ACCEPT_LOST_KEYS=[\da-f]{16},[\da-f]{16}$/,
      );
      for (const secret of [former, current]) expect(line).not.toContain(secret);

      const during = await start(`${current},${former}`);
      expect((await refresh(during, refresh_token)).status).toBe(200);
      await signIn(during, user);
    });
  },
  { databases: ['sqlite'], adapters: ['fastify'] },
);

describe('a development database whose generated secret is gone', () => {
  it('stops the start with one line that names the file to put back (S-206)', async () => {
    const database = await createTestDatabase('sqlite');
    const data = join(temporaryDirectory('lost'), 'data');
    const env = { NODE_ENV: 'development', GATEHOUSE_SECRET: undefined, DATA_DIR: data };
    const service = await startService({ database, env });
    await service.stop();
    rmSync(data, { recursive: true });
    expect(await refusedStart(database, env)).toMatch(
      /start: DATA_DIR holds another gatehouse\.secret than the database was used with: 1 password hash was made .*put the former file back, start with an empty database, or give up .*ACCEPT_LOST_KEYS=[\da-f]{16}$/,
    );
  });
});
