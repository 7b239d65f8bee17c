import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { importBuilt } from '../support/built.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { signIn, signUp } from '../support/factories.js';
import { MariaDbServer } from '../support/mariadb-server.js';
import { startService, type TestService } from '../support/service.js';
import { inParallel, refresh } from '../support/sessions.js';
import { describeMariaDb } from '../support/targets.js';

const REFRESHES = 40;

describeMariaDb('repeated statements', () => {
  let database: TestDatabase;
  let service: TestService;
  beforeAll(async () => {
    // Its own server, because counters and limits are server-wide.
    database = await createTestDatabase('mariadb', await MariaDbServer.create());
  });
  beforeEach(async () => {
    service = await startService({ database, env: { REFRESH_TOKEN_ROTATION: 'on' } });
  });
  afterEach(() => service.stop());

  async function counter(name: 'prepare' | 'execute'): Promise<number> {
    const [row] = await database.query(`SHOW GLOBAL STATUS LIKE 'Com_stmt_${name}'`);
    return Number(row?.['Value']);
  }

  async function refreshMany(): Promise<void> {
    let { refresh_token: token } = await signIn(service, await signUp(service));
    for (let times = 0; times < REFRESHES; times++) {
      const { status, body } = await refresh(service, token);
      expect(status).toBe(200);
      token = String(body.refresh_token);
    }
  }

  it('are prepared once per connection', async () => {
    await refreshMany();
    const before = { prepare: await counter('prepare'), execute: await counter('execute') };
    await refreshMany();
    // Each refresh reads once and writes once; the other user's sign-in prepares nothing new.
    expect((await counter('execute')) - before.execute).toBeGreaterThanOrEqual(2 * REFRESHES);
    expect((await counter('prepare')) - before.prepare).toBeLessThan(REFRESHES / 4);
  });

  it('run as text when the server prepares none', async () => {
    await database.query('SET GLOBAL max_prepared_stmt_count = 0');
    try {
      const before = await counter('execute');
      await inParallel(5, refreshMany);
      expect(await counter('execute')).toBe(before);
    } finally {
      await database.query('SET GLOBAL max_prepared_stmt_count = 16382');
    }
  });

  it('find the same values of every type as a query builder', async () => {
    const { openDataSource } = await importBuilt('server/database/open-data-source.js');
    const { UsersRepository } = await importBuilt('users/users.repository.js');
    const user = await signUp(service, { full_name: 'Ада 🚪 Лавлейс' });
    await signIn(service, user);
    const dataSource = await openDataSource({ url: database.url, tls: 'auto', caFile: undefined });
    try {
      const { manager } = dataSource.createQueryRunner();
      const users = new UsersRepository();
      const found = await users.findByCanonicalEmail(user.email.toLowerCase(), manager);
      expect(found).toEqual(await users.findWithPassword(found?.id ?? '', manager));
      expect(found).toMatchObject({
        surname: '🚪 Лавлейс',
        isActive: true,
        lastSignInAt: expect.any(Number),
        account: { planId: null },
      });
      await manager.queryRunner?.release();
    } finally {
      await dataSource.destroy();
    }
  });
});
