import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { GATEHOUSE_DATA_SOURCE } from '../database/data-source-token.js';
import { isUniqueViolation } from '../database/database-errors.js';
import { Database } from '../database/database.js';
import type { KeyPurpose } from './keys-options.js';
import { KnownKey } from './known-key.entity.js';
import { liveSessions, passwordHashes, type RestingRows } from './resting-rows.js';

/** The keys that a database was used with, and what rests on them. */
@Injectable()
export class KnownKeysRepository {
  constructor(
    private readonly database: Database,
    @Inject(GATEHOUSE_DATA_SOURCE) private readonly dataSource: DataSource,
  ) {}

  /** When each key of the purpose was first set. */
  async find(purpose: KeyPurpose): Promise<ReadonlyMap<string, number>> {
    const keys = await this.database.read((manager) => manager.findBy(KnownKey, { purpose }));
    return new Map(keys.map(({ keyId, createdAt }) => [keyId, createdAt]));
  }

  /** Another instance that starts at the same moment may come first. */
  async add(key: KnownKey): Promise<void> {
    try {
      await this.database.write(
        (manager) => manager.insert(KnownKey, key).then(() => true),
        async (manager) => (await manager.existsBy(KnownKey, primaryKey(key))) || undefined,
        [],
      );
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
    }
  }

  async remove(purpose: KeyPurpose, keyId: string): Promise<void> {
    await this.database.write(
      (manager) => manager.delete(KnownKey, { purpose, keyId }).then(() => true),
      async (manager) => !(await manager.existsBy(KnownKey, { purpose, keyId })) || undefined,
      [],
    );
  }

  /**
   * What rests on keys of the purpose. Reads a whole table, so it is asked only after a key has gone, and takes
   * its time: a request's deadline does not count.
   */
  restingRows(purpose: KeyPurpose, now: number): Promise<RestingRows> {
    const { manager } = this.dataSource;
    if (purpose === 'password_pepper') return passwordHashes(manager);
    if (purpose === 'refresh_token') return liveSessions(manager, now);
    // Access tokens are in no table, and end by themselves within a day (S-64, S-75).
    return Promise.resolve(new Map());
  }
}

function primaryKey({ purpose, keyId }: KnownKey): Pick<KnownKey, 'purpose' | 'keyId'> {
  return { purpose, keyId };
}
