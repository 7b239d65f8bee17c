// The keys that a database records, and how a start checks them (S-206, S-201).
import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { randomBytes, randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { databaseOver, importBuilt, openServiceDataSource } from '../support/built.js';
import { createTestDatabase, type Row, type TestDatabase } from '../support/database.js';
import { describeTargets } from '../support/targets.js';

Logger.overrideLogger(false);

type Purpose = 'password_pepper' | 'refresh_token' | 'webhook_secret' | 'access_token';

const newKeyId = () => randomBytes(8).toString('hex');

describeTargets(
  'the keys that a database was used with',
  (target) => {
    let database: TestDatabase;
    let dataSource: DataSource;
    let now: number;
    beforeAll(async () => {
      database = await createTestDatabase(target.database);
      dataSource = await openServiceDataSource(database);
    });
    beforeEach(async () => {
      now = Date.now();
      // With all rows of the account.
      await database.query('DELETE FROM accounts');
      await database.query('DELETE FROM known_keys');
      await insert(
        'accounts',
        { name: 'A', country: 'NLD', is_active: 1, is_verified: 1 },
        'account',
      );
    });

    /** A start with these keys; each is one minute later than the one before. */
    async function start(
      keys: Partial<Record<Purpose, readonly string[]>>,
      acceptLost: readonly string[] = [],
    ): Promise<void> {
      const { KeyCheck } = await importBuilt('keys/key-check.js');
      const { KnownKeysRepository } = await importBuilt('keys/known-keys.repository.js');
      const keyIds = {
        password_pepper: [],
        refresh_token: [],
        webhook_secret: [],
        access_token: [],
        ...keys,
      };
      const repository = new KnownKeysRepository(await databaseOver(dataSource));
      const at = (now += 60_000);
      await new KeyCheck({ keyIds, acceptLost }, repository, { now: () => at }).run();
    }

    async function known(purpose: Purpose): Promise<string[]> {
      const sql =
        'SELECT key_id AS id FROM known_keys WHERE purpose = ? ORDER BY created_at, key_id';
      return (await database.query(sql, [purpose])).map(({ id }) => id as string);
    }

    async function insert(table: string, row: Row, id: string = randomUUID()): Promise<void> {
      const all = { id, created_at: now, modified_at: now, ...row };
      const names = Object.keys(all).join(', ');
      const places = Object.keys(all).map(() => '?');
      await database.query(
        `INSERT INTO ${table} (${names}) VALUES (${places.join(', ')})`,
        Object.values(all),
      );
    }

    const addUser = (hash: string | null, id: string = randomUUID()) =>
      insert(
        'users',
        {
          account_id: 'account',
          email_address: `${id}@example.test`,
          canonical_email: `${id}@example.test`,
          first_name: 'A',
          surname: 'B',
          password_hash: hash,
          role: 'standard',
          is_active: 1,
          is_verified: 1,
        },
        id,
      );
    const hashUnder = (keyId: string) => `$bcrypt-hmac-sha384$${keyId}$2b$10$${'x'.repeat(53)}`;

    const addSession = (keyId: string | null, row: Row = {}) =>
      insert('refresh_tokens', {
        account_id: 'account',
        salt: 's'.repeat(43),
        key_id: keyId,
        generation: 0,
        expires_at: now + 86_400_000,
        last_accessed_at: now,
        ip_address: '',
        ...row,
      });

    it('are recorded at the first start and not again at the next (S-157)', async () => {
      const keys = { password_pepper: [newKeyId()], refresh_token: [newKeyId(), newKeyId()] };
      await start(keys);
      const rows = await database.query('SELECT * FROM known_keys');
      expect(rows).toHaveLength(3);
      await start(keys);
      expect(await database.query('SELECT * FROM known_keys')).toEqual(rows);
    });

    it('stop a start without the pepper of a stored hash, with the number of hashes (S-06, S-206)', async () => {
      const [former, other] = [newKeyId(), newKeyId()];
      await start({ password_pepper: [former] });
      await addUser(hashUnder(former));
      await addUser(hashUnder(former));
      await addUser(null);
      await addUser('$argon2id$v=19$of-a-host');
      const refused = { lost: [{ purpose: 'password_pepper', keyId: former, rows: 2 }] };
      for (const keys of [[other], [other, newKeyId()]]) {
        await expect(start({ password_pepper: keys })).rejects.toMatchObject(refused);
      }
      expect(await known('password_pepper')).toEqual([former]);
      await start({ password_pepper: [other, former] });
      await expect(start({ password_pepper: [other] })).rejects.toMatchObject(refused);
      await start({ password_pepper: [former, other] });
    });

    it('stop a start without the key of a live session, with the number of sessions (S-206)', async () => {
      const [former, other] = [newKeyId(), newKeyId()];
      await start({ refresh_token: [former] });
      await addSession(former);
      await addSession(former, { expires_at: now - 1 });
      await addSession(former, { revoked_at: now });
      await addSession(null, { salt: null });
      await expect(start({ refresh_token: [other] })).rejects.toMatchObject({
        lost: [{ purpose: 'refresh_token', keyId: former, rows: 1 }],
      });
      await database.query('UPDATE refresh_tokens SET revoked_at = 1');
      await start({ refresh_token: [other] });
      expect(await known('refresh_token')).toEqual([other]);
    });

    it('stop a start without the key that encrypts signing secrets of webhooks, until all are encrypted anew (S-206)', async () => {
      const [former, current] = [newKeyId(), newKeyId()];
      await start({ webhook_secret: [former] });
      const webhook = {
        account_id: 'account',
        created_by: 'x',
        url: 'https://example.com/',
        events: '*',
        is_active: 1,
        secret: `${former}.sealed`,
      };
      await insert('webhooks', webhook);
      await expect(start({ webhook_secret: [current] })).rejects.toMatchObject({
        lost: [{ purpose: 'webhook_secret', keyId: former, rows: 1 }],
      });
      await start({ webhook_secret: [current, former] });
      await database.query('UPDATE webhooks SET secret = ?', [`${current}.sealed`]);
      await start({ webhook_secret: [current] });
      expect(await known('webhook_secret')).toEqual([current]);
    });

    it('are reported together (S-206)', async () => {
      const [pepper, refresh] = [newKeyId(), newKeyId()];
      await start({ password_pepper: [pepper], refresh_token: [refresh] });
      await addUser(hashUnder(pepper));
      await addSession(refresh);
      const others = { password_pepper: [newKeyId()], refresh_token: [newKeyId()] };
      const message = /1 password hash and 1 live session were made/;
      await expect(start(others)).rejects.toThrow(message);
      await expect(start(others, [pepper])).rejects.toThrow(/ 1 live session was made/);
      await expect(start(others, [newKeyId()])).rejects.toThrow(message);
      await start(others, [pepper, refresh]);
      // An accepted loss stays accepted, even when another key is removed later.
      await start(others);
      await start({ password_pepper: [newKeyId()], refresh_token: [newKeyId()] });
    });

    it('are determined from rows that are older than the records (S-06)', async () => {
      const [own, other] = [newKeyId(), newKeyId()];
      await addUser(hashUnder(own));
      await addSession(null);
      await expect(
        start({ password_pepper: [other], refresh_token: [newKeyId()] }),
      ).rejects.toThrow(/: 1 password hash was made/);
      expect(await known('refresh_token')).toEqual([]);
      const refresh = newKeyId();
      await start({ password_pepper: [own], refresh_token: [refresh] });
      // A session that names no key may depend on each of the keys that were recorded first.
      await expect(start({ password_pepper: [own], refresh_token: [other] })).rejects.toMatchObject(
        {
          lost: [{ purpose: 'refresh_token', keyId: refresh, rows: 1 }],
        },
      );
    });

    it('are forgotten after a rotation when no row depends on the former one (S-201)', async () => {
      const [former, current] = [newKeyId(), newKeyId()];
      await start({ password_pepper: [former] });
      await start({ password_pepper: [current, former] });
      expect(await known('password_pepper')).toEqual([former, current]);
      // An instance that the rotation has not reached starts again, and deletes no other key.
      await start({ password_pepper: [former] });
      expect(await known('password_pepper')).toEqual([former, current]);
      await start({ password_pepper: [current] });
      expect(await known('password_pepper')).toEqual([current]);
    });

    it('stop no start when they are for access tokens, which expire by themselves (S-75)', async () => {
      const other = newKeyId();
      await start({ access_token: [newKeyId()] });
      await start({ access_token: [other] });
      expect(await known('access_token')).toEqual([other]);
    });

    it('are neither required nor forgotten for a host with its own hasher (S-206)', async () => {
      const pepper = newKeyId();
      await start({ password_pepper: [pepper] });
      await addUser(hashUnder(pepper));
      await start({ password_pepper: [] });
      expect(await known('password_pepper')).toEqual([pepper]);
    });

    it('are recorded once by instances that start together (S-201)', async () => {
      const [former, current] = [newKeyId(), newKeyId()];
      await addUser(hashUnder(former));
      const starts = [[former], [current, former], [former], [current, former]];
      await Promise.all(starts.map((keys) => start({ password_pepper: keys })));
      expect((await known('password_pepper')).toSorted()).toEqual([former, current].toSorted());
    });
  },
  { adapters: ['fastify'] },
);
