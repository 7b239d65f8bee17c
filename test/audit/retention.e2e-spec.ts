import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { keyIdOf, type SealKeys } from '../../src/audit/seal/seal-keys.js';
import { databaseOver, importBuilt } from '../support/built.js';
import { onDispose } from '../support/cleanup.js';
import { signIn, signUp } from '../support/factories.js';
import { eventually } from '../support/patience.js';
import { countRows, liveSessionIds, refresh } from '../support/sessions.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

const DAY_MS = 86_400_000;
const RETENTION_MS = 400 * DAY_MS;

describeTargets('rows that nothing needs', (target) => {
  let service: SharedService;
  let dataSource: DataSource;
  let keys: SealKeys;
  beforeAll(async () => {
    service = await sharedService(target);
    const { openDataSource } = await importBuilt('server/database/open-data-source.js');
    const { url } = service.database;
    const { SealKeys } = await importBuilt('audit/seal/seal-keys.js');
    keys = new SealKeys([randomBytes(32)]);
    dataSource = await openDataSource({ url, tls: 'auto', caFile: undefined });
    onDispose(() => dataSource.destroy());
  });

  /** The housekeeping of one instance, which runs when it is told to. */
  async function instance() {
    const { Housekeeping } = await importBuilt('common/housekeeping.js');
    const { AuditPurge } = await importBuilt('audit/audit-purge.js');
    const { AuditCountsRepository } = await importBuilt('audit/audit-counts.repository.js');
    const { ChainPurge } = await importBuilt('audit/seal/chain-purge.js');
    const { SealedRowsRepository } = await importBuilt('audit/seal/sealed-rows.repository.js');
    const { SealsRepository } = await importBuilt('audit/seal/seals.repository.js');
    const { SessionPurge } = await importBuilt('sessions/session-purge.js');
    const { SessionsRepository } = await importBuilt('sessions/sessions.repository.js');
    const housekeeping = new Housekeeping();
    const database = await databaseOver(dataSource);
    const clock = { now: () => Date.now() };
    const options = { retentionMs: RETENTION_MS, changedSettings: [] };
    const counts = new AuditCountsRepository();
    const [rows, seals] = [new SealedRowsRepository(), new SealsRepository()];
    // The keys of the shared service are not known here.
    const [{ mac = '' } = {}] = await service.database.query('SELECT mac FROM audit_seals');
    const sealOptions = { keys: [], acceptLost: [keyIdOf(String(mac))] };
    const chains = new ChainPurge(database, rows, seals, keys, clock, sealOptions);
    void new AuditPurge(options, counts, chains, database, clock, housekeeping);
    void new SessionPurge(new SessionsRepository(), database, clock, housekeeping);
    return housekeeping;
  }

  /** Inserts rows, which the service then seals. */
  async function insertRecords(accountId: string, createdAt: number, count: number) {
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
    await new AuditRecordsRepository(keys).insert(rows, dataSource.manager);
    await eventually(async () => {
      const waiting = ['account_id = ?', [accountId]] as const;
      expect(await countRows(service.database, 'audit_pending', ...waiting)).toBe(0);
    });
  }

  const ofAccount = (accountId: string) =>
    countRows(service.database, 'audit_records', 'account_id = ?', [accountId]);

  it('are deleted after AUDIT_RETENTION, by several instances at once, and no others (S-153, S-168)', async () => {
    const [old, young] = [randomUUID(), randomUUID()];
    const limit = Date.now() - RETENTION_MS;
    await insertRecords(old, limit - DAY_MS, 600);
    await insertRecords(young, limit + DAY_MS, 3);
    await service.database.query(
      'INSERT INTO audit_counts (minute, instance_id, counter_key, event, account_id, occurrences) VALUES (?, ?, ?, ?, ?, ?)',
      [limit - DAY_MS, randomUUID(), old, 'access.denied', old, 2],
    );
    const instances = [await instance(), await instance()];
    await Promise.all(instances.map((housekeeping) => housekeeping.run()));
    expect([await ofAccount(old), await ofAccount(young)]).toEqual([0, 3]);
    const ofOld = ['account_id = ?', [old]] as const;
    expect(await countRows(service.database, 'audit_counts', ...ofOld)).toBe(0);
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
    await (await instance()).run();
    const left = ['account_id = ?', [user.accountId]] as const;
    expect(await countRows(service.database, 'refresh_tokens', ...left)).toBe(1);
    const gone = await refresh(service, first.refresh_token);
    expect([gone.status, gone.body.code]).toEqual([403, 40106]);
    expect((await refresh(service, rotated.body.refresh_token)).status).toBe(200);
  });
});
