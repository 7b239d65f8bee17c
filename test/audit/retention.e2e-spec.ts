import { beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { databaseOver, importBuilt } from '../support/built.js';
import { onDispose } from '../support/cleanup.js';
import { signIn, signUp } from '../support/factories.js';
import { countRows, liveSessionIds, refresh } from '../support/sessions.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

const DAY_MS = 86_400_000;
const RETENTION_MS = 400 * DAY_MS;

describeTargets('rows that nothing needs', (target) => {
  let service: SharedService;
  let dataSource: DataSource;
  beforeAll(async () => {
    service = await sharedService(target);
    const { openDataSource } = await importBuilt('server/database/open-data-source.js');
    const { url } = service.database;
    dataSource = await openDataSource({ url, tls: 'auto', caFile: undefined });
    onDispose(() => dataSource.destroy());
  });

  /** The housekeeping of one instance, which runs when it is told to. */
  async function instance() {
    const { Housekeeping } = await importBuilt('common/housekeeping.js');
    const { AuditPurge } = await importBuilt('audit/audit-purge.js');
    const { AuditRecordsRepository } = await importBuilt('audit/audit-records.repository.js');
    const { AuditCountsRepository } = await importBuilt('audit/audit-counts.repository.js');
    const { SessionPurge } = await importBuilt('sessions/session-purge.js');
    const { SessionsRepository } = await importBuilt('sessions/sessions.repository.js');
    const housekeeping = new Housekeeping();
    const database = await databaseOver(dataSource);
    const clock = { now: () => Date.now() };
    const options = { retentionMs: RETENTION_MS, changedSettings: [] };
    const [records, counts] = [new AuditRecordsRepository(), new AuditCountsRepository()];
    const purge = new AuditPurge(options, records, counts, database, clock, housekeeping);
    void new SessionPurge(new SessionsRepository(), database, clock, housekeeping);
    return { housekeeping, purge };
  }

  async function insertRecords(accountId: string | null, createdAt: number, count: number) {
    const { AuditRecordsRepository } = await importBuilt('audit/audit-records.repository.js');
    const record = {
      createdAt,
      accountId,
      event: 'access.denied',
      outcome: 'failure',
      actorId: 'anonymous',
      actorType: 'anonymous',
      targetId: null,
      userId: null,
      apiKeyId: null,
      sessionId: null,
      ipAddress: null,
      requestId: null,
      reason: null,
    };
    const rows = Array.from({ length: count }, () => ({ ...record, id: randomUUID() }));
    await new AuditRecordsRepository().insert(rows, dataSource.manager);
    const ids = rows.map(({ id }) => `'${id}'`).join();
    await service.database.query(`DELETE FROM audit_pending WHERE audit_id IN (${ids})`);
  }

  const ofAccount = (accountId: string) =>
    countRows(service.database, 'audit_records', 'account_id = ?', [accountId]);

  it('are deleted after AUDIT_RETENTION, by several instances at once, and no others (S-153, S-168)', async () => {
    const [old, young] = [randomUUID(), randomUUID()];
    const limit = Date.now() - RETENTION_MS;
    await insertRecords(old, limit - DAY_MS, 600);
    await insertRecords(null, limit - DAY_MS, 3);
    await insertRecords(young, limit + DAY_MS, 3);
    await service.database.query(
      'INSERT INTO audit_counts (minute, instance_id, counter_key, event, account_id, occurrences) VALUES (?, ?, ?, ?, ?, ?)',
      [limit - DAY_MS, randomUUID(), old, 'access.denied', old, 2],
    );
    const instances = [await instance(), await instance()];
    await Promise.all(instances.map(({ housekeeping }) => housekeeping.run()));
    expect([await ofAccount(old), await ofAccount(young)]).toEqual([0, 3]);
    const before = 'created_at < ?';
    expect(await countRows(service.database, 'audit_records', before, [limit])).toBe(0);
    const ofOld = ['account_id = ?', [old]] as const;
    expect(await countRows(service.database, 'audit_counts', ...ofOld)).toBe(0);
  });

  it('stay while a part of the service does not let them go (S-153)', async () => {
    const accountId = randomUUID();
    await insertRecords(accountId, Date.now() - RETENTION_MS - DAY_MS, 3);
    const { housekeeping, purge } = await instance();
    purge.prepareWith((_, [oldest]) => Promise.resolve(oldest ? [oldest.id] : []));
    await housekeeping.run();
    expect(await ofAccount(accountId)).toBe(2);
    purge.prepareWith(() => Promise.resolve([]));
    await housekeeping.run();
    expect(await ofAccount(accountId)).toBe(2);
    await (await instance()).housekeeping.run();
  });

  it('are sessions too whose end is a week ago; the others detect a reused token as before (S-51, S-168)', async () => {
    const user = await signUp(service);
    const first = await signIn(service, user);
    const [ended = ''] = await liveSessionIds(service.database, user.accountId);
    const tokens = await signIn(service, user);
    const rotated = await refresh(service, tokens.refresh_token);
    const long = Date.now() - 8 * DAY_MS;
    const sql = 'UPDATE refresh_tokens SET expires_at = ? WHERE id = ?';
    await service.database.query(sql, [long, ended]);
    await (await instance()).housekeeping.run();
    const left = ['account_id = ?', [user.accountId]] as const;
    expect(await countRows(service.database, 'refresh_tokens', ...left)).toBe(1);
    const gone = await refresh(service, first.refresh_token);
    expect([gone.status, gone.body.code]).toEqual([403, 40106]);
    expect((await refresh(service, rotated.body.refresh_token)).status).toBe(200);
  });
});
