import { Injectable } from '@nestjs/common';
import { isUniqueViolation } from '../database/database-errors.js';
import { Database } from '../database/database.js';
import { given } from '../database/given.js';
import type { KeyPurpose } from './keys-options.js';
import { KnownKey } from './known-key.entity.js';
import {
  countLiveSessions,
  countPasswordHashes,
  countWebhooks,
  type RowCounts,
} from './dependent-rows.js';

/** Stores the keys that a database was used with, and counts the rows that depend on them. */
@Injectable()
export class KnownKeysRepository {
  constructor(private readonly database: Database) {}

  /** The time at which each key of the purpose was first set, by key id. */
  async find(purpose: KeyPurpose): Promise<ReadonlyMap<string, number>> {
    const keys = await this.database.read((manager) =>
      manager.findBy(KnownKey, given({ purpose })),
    );
    return new Map(keys.map(({ keyId, createdAt }) => [keyId, createdAt]));
  }

  /** Stores a key, unless another instance that starts at the same time has stored it. */
  async add(key: Pick<KnownKey, 'purpose' | 'keyId' | 'createdAt'>): Promise<void> {
    try {
      await this.database.write(
        (manager) => manager.insert(KnownKey, key).then(() => true),
        async (manager) => (await manager.existsBy(KnownKey, given(primaryKey(key)))) || undefined,
        [],
      );
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
    }
  }

  async remove(purpose: KeyPurpose, keyId: string): Promise<void> {
    await this.database.write(
      (manager) => manager.delete(KnownKey, given({ purpose, keyId })).then(() => true),
      async (manager) =>
        !(await manager.existsBy(KnownKey, given({ purpose, keyId }))) || undefined,
      [],
    );
  }

  /**
   * Counts the rows that depend on each key of the purpose. It reads a whole table, so it runs only when no key was
   * recorded yet or a recorded one is no longer set, and without the deadline of a request.
   */
  countDependentRows(purpose: KeyPurpose, now: number): Promise<RowCounts> {
    if (purpose === 'password_pepper') return this.database.readAtLength(countPasswordHashes);
    if (purpose === 'refresh_token') {
      return this.database.readAtLength((manager) => countLiveSessions(manager, now));
    }
    if (purpose === 'webhook_secret') return this.database.readAtLength(countWebhooks);
    // Access tokens are stored in no table and expire within a day (S-64, S-75).
    return Promise.resolve(new Map());
  }
}

function primaryKey({
  purpose,
  keyId,
}: Pick<KnownKey, 'purpose' | 'keyId'>): Pick<KnownKey, 'purpose' | 'keyId'> {
  return { purpose, keyId };
}
