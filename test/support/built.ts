import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type * as auditCounts from '../../src/audit/audit-counts.repository.js';
import type * as auditPurge from '../../src/audit/audit-purge.js';
import type * as auditRecords from '../../src/audit/audit-records.repository.js';
import type * as chainPurge from '../../src/audit/seal/chain-purge.js';
import type * as sealKeys from '../../src/audit/seal/seal-keys.js';
import type * as sealedRows from '../../src/audit/seal/sealed-rows.repository.js';
import type * as seals from '../../src/audit/seal/seals.repository.js';
import type * as cacheInvalidation from '../../src/common/cache-invalidation.js';
import type * as clock from '../../src/common/clock.js';
import type * as housekeeping from '../../src/common/housekeeping.js';
import type * as index from '../../src/index.js';
import type * as database from '../../src/database/database.js';
import type * as forHosts from '../../src/database/for-hosts.js';
import type * as adoptDataSource from '../../src/database/adopt-data-source.js';
import type * as migrationLock from '../../src/database/dialects/mysql/migration-lock.js';
import type * as postgresLock from '../../src/database/dialects/postgres/migration-lock.js';
import type * as migrations from '../../src/database/migrations/index.js';
import type * as keyCheck from '../../src/keys/key-check.js';
import type * as knownKeys from '../../src/keys/known-keys.repository.js';
import type * as eventBus from '../../src/events/event-bus.js';
import type * as abandonedDeliveries from '../../src/outbox/abandoned-deliveries.js';
import type * as eventDelivery from '../../src/outbox/event-delivery.entity.js';
import type * as webhookDelivery from '../../src/webhooks/webhook-delivery.entity.js';
import type * as eventDispatcher from '../../src/outbox/event-dispatcher.js';
import type * as openDataSource from '../../src/server/database/open-data-source.js';
import type * as usersRepository from '../../src/users/users.repository.js';
import type * as accountsRepository from '../../src/accounts/accounts.repository.js';
import type * as sessionPurge from '../../src/sessions/session-purge.js';
import type * as sessionsRepository from '../../src/sessions/sessions.repository.js';
import type * as signingSecrets from '../../src/webhooks/signing-secrets.js';
import type * as webhookDeliveries from '../../src/webhooks/webhook-deliveries.repository.js';
import type * as webhookPurge from '../../src/webhooks/webhook-purge.js';
import type * as webhooksRepository from '../../src/webhooks/webhooks.repository.js';
import { onDispose } from './cleanup.js';

/** Modules of the build that tests import, with the types of their sources. */
interface BuiltModules {
  'audit/audit-counts.repository.js': typeof auditCounts;
  'audit/audit-purge.js': typeof auditPurge;
  'audit/audit-records.repository.js': typeof auditRecords;
  'audit/seal/chain-purge.js': typeof chainPurge;
  'audit/seal/seal-keys.js': typeof sealKeys;
  'audit/seal/sealed-rows.repository.js': typeof sealedRows;
  'audit/seal/seals.repository.js': typeof seals;
  'common/cache-invalidation.js': typeof cacheInvalidation;
  'common/clock.js': typeof clock;
  'common/housekeeping.js': typeof housekeeping;
  'database/adopt-data-source.js': typeof adoptDataSource;
  'database/database.js': typeof database;
  'database/for-hosts.js': typeof forHosts;
  'database/migrations/index.js': typeof migrations;
  'database/dialects/mysql/migration-lock.js': typeof migrationLock;
  'database/dialects/postgres/migration-lock.js': typeof postgresLock;
  'events/event-bus.js': typeof eventBus;
  'index.js': typeof index;
  'keys/key-check.js': typeof keyCheck;
  'keys/known-keys.repository.js': typeof knownKeys;
  'outbox/abandoned-deliveries.js': typeof abandonedDeliveries;
  'outbox/event-delivery.entity.js': typeof eventDelivery;
  'webhooks/webhook-delivery.entity.js': typeof webhookDelivery;
  'outbox/event-dispatcher.js': typeof eventDispatcher;
  'server/database/open-data-source.js': typeof openDataSource;
  'users/users.repository.js': typeof usersRepository;
  'accounts/accounts.repository.js': typeof accountsRepository;
  'sessions/session-purge.js': typeof sessionPurge;
  'sessions/sessions.repository.js': typeof sessionsRepository;
  'webhooks/signing-secrets.js': typeof signingSecrets;
  'webhooks/webhook-deliveries.repository.js': typeof webhookDeliveries;
  'webhooks/webhook-purge.js': typeof webhookPurge;
  'webhooks/webhooks.repository.js': typeof webhooksRepository;
}

const dist = join(import.meta.dirname, '../../dist');

/** Imports a module of the build by a computed path, so that types can be checked before there is a build. */
export async function importBuilt<Name extends keyof BuiltModules>(
  name: Name,
): Promise<BuiltModules[Name]> {
  return (await import(join(dist, name))) as BuiltModules[Name];
}

/** The DataSource that the service opens on a database, with its migrations run; it is closed when the test file has ended. */
export async function openServiceDataSource({
  url,
}: {
  readonly url: string;
}): Promise<DataSource> {
  const { openDataSource } = await importBuilt('server/database/open-data-source.js');
  const dataSource = await openDataSource({ url, tls: 'auto', caFile: undefined });
  onDispose(() => dataSource.destroy());
  return dataSource;
}

/** The `Database` of the build over a DataSource, without other parts of the product. */
export async function databaseOver(dataSource: DataSource): Promise<database.Database> {
  const { Database } = await importBuilt('database/database.js');
  const { CacheInvalidation } = await importBuilt('common/cache-invalidation.js');
  const { EventBus } = await importBuilt('events/event-bus.js');
  return new Database(dataSource, new CacheInvalidation(), new EventBus({ now: Date.now }));
}
