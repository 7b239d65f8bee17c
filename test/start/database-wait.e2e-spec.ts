import { beforeAll, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { request } from '../support/http.js';
import { MariaDbServer } from '../support/mariadb-server.js';
import { createService, runToExit } from '../support/service.js';
import { describeMariaDb } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

describeMariaDb('a start before its database', () => {
  let server: MariaDbServer;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await MariaDbServer.create();
    database = await createTestDatabase('mariadb', server);
    await server.stop();
  });

  it('gives up after DATABASE_WAIT with one line that names the setting', async () => {
    const { code, output } = await runToExit({ DATABASE_URL: database.url, DATABASE_WAIT: '1' });
    expect(code).toBe(1);
    expect(output.match(/cannot be used yet/g)).toHaveLength(1);
    expect(output).toContain(
      'Gatehouse cannot start: DATABASE_URL names a database that cannot be used (ECONNREFUSED)',
    );
  });

  it('does not wait when DATABASE_WAIT is 0', async () => {
    const { code, output } = await runToExit({ DATABASE_URL: database.url, DATABASE_WAIT: '0' });
    expect(code).toBe(1);
    expect(output).not.toContain('cannot be used yet');
  });

  it('ends at once when it is stopped while it waits', async () => {
    const service = await createService({ database });
    const started = service.start(true);
    await untilOutput(service, 'cannot be used yet');
    expect(await service.stop()).toBe(0);
    await started;
  });

  it('continues when the database is available', async () => {
    const service = await createService({ database });
    const started = service.start();
    await untilOutput(service, 'cannot be used yet');
    await server.start();
    await started;
    expect((await request(service, 'GET', '/health/ready')).status).toBe(200);
    await service.stop();
  });

  it('does not wait for a database that the server does not have', async () => {
    await server.start();
    const { code, output } = await runToExit({ DATABASE_URL: server.url('nowhere') });
    expect(code).toBe(1);
    expect(output).not.toContain('cannot be used yet');
    expect(output).toContain('DATABASE_URL names a database that cannot be used');
  });
});
