// `npm run audit:verify`, beside a service that runs, was killed, or has another secret.
import { beforeAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';
import { newOwner, newUser } from '../support/members.js';
import { nodeOf } from '../support/node.js';
import { eventually } from '../support/patience.js';
import { startService, type Environment, type TestService } from '../support/service.js';
import { describeEachOnce, type Target } from '../support/targets.js';

const program = join(import.meta.dirname, '../../bundle/audit-verify.js');
const EDITED = 'UPDATE audit_records SET event = ? WHERE id = ?';

function runOn(
  target: Target,
  service: TestService,
  args: readonly string[],
  env: Environment,
): Promise<{ code: number; output: string }> {
  const options = { env: { ...service.env, ...env }, cwd: temporaryDirectory('verify') };
  return new Promise((resolve) => {
    execFile(nodeOf(target), [program, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

describeEachOnce('the command that verifies the audit trail', (target) => {
  let service: TestService;
  let rows: number;
  beforeAll(async () => {
    service = await startService({ target });
  });

  const run = (args: readonly string[] = [], env: Environment = {}) =>
    runOn(target, service, args, env);

  it('names what was changed', async () => {
    const { database } = service;
    const count = async (table: string) => (await database.query(`SELECT * FROM ${table}`)).length;
    const owner = await newOwner(service);
    await newUser(service, owner, 'standard');
    await service.kill();

    // Rows that a killed process has left are genuine, and are sealed by another one. The service starts with these
    // settings, too.
    const inDevelopment = { NODE_ENV: 'development', REQUIRE_VERIFIED_EMAIL: 'true' };
    const left = await count('audit_records');
    expect(await run([], inDevelopment)).toMatchObject({
      code: 0,
      output: expect.stringContaining('is intact.\n'),
    });
    await service.start();
    await eventually(async () => expect(await count('audit_pending')).toBe(0));
    // The start has a row, too.
    rows = left + 1;
    expect(await count('audit_seals')).toBe(rows);
    expect(await run()).toEqual({
      code: 0,
      output: `${rows} rows are sealed and unchanged; 0 are unchanged and wait for their seal.\nThe audit trail is intact.\n`,
    });

    const [{ audit_id: id } = {}] = await database.query(
      'SELECT audit_id FROM audit_seals WHERE account_id = ? AND sequence = 2',
      [owner.accountId],
    );
    const [{ event } = {}] = await database.query('SELECT event FROM audit_records WHERE id = ?', [
      id,
    ]);
    await database.query(EDITED, ['user.deleted', id]);
    for (const args of [[], [owner.accountId]]) {
      const { code, output } = await run(args);
      expect(code).toBe(1);
      expect(output).toContain(`${owner.accountId}: row ${id} was edited\n`);
      expect(output).toMatch(/The audit trail is NOT intact\.\n$/);
    }
    await database.query(EDITED, [event, id]);
  });

  // Keys and arguments depend on no engine.
  if (target.database !== 'sqlite') return;

  it('names what it cannot check', async () => {
    const env = { GATEHOUSE_SECRET: randomBytes(48).toString('base64url') };
    const other = await run([], env);
    expect(other.code).toBe(1);
    expect(other.output).not.toMatch(/edited|missing|inserted/);
    const [, unchecked, keyId] =
      /^(\d+) rows cannot be checked.*=([\da-f]{16})$/m.exec(other.output) ?? [];
    expect(unchecked).toBe(String(rows));
    expect(await run([], { ...env, ACCEPT_LOST_KEYS: keyId })).toMatchObject({ code: 0 });

    expect(await run([randomUUID()])).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^There are no rows of account/),
    });
    for (const [args, wrong] of [
      [['--help'], {}],
      [[], { DATABASE_URL: 'mysql://nobody@127.0.0.1:1/none' }],
    ] as const) {
      const { code, output } = await run(args, wrong);
      expect(code).toBe(2);
      expect(output).toMatch(/^The audit trail cannot be verified: .*\n$/);
    }
  });
});
