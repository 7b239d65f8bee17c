import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource, EntityManager } from 'typeorm';
import { accountRow, userRow } from '../../test/support/rows.js';
import { Account } from '../accounts/account.entity.js';
import { openDataSource } from '../server/database/open-data-source.js';
import { User } from '../users/user.entity.js';
import { CompiledLookUp } from './compiled-look-up.js';
import { CompiledUpdate } from './compiled-update.js';

const directory = mkdtempSync(join(tmpdir(), 'gatehouse-compiled-'));
let dataSource: DataSource;
const account = accountRow(1);
const user = userRow(account, 7, 'hash', 2);

beforeAll(async () => {
  const url = `sqlite:${join(directory, 'gatehouse.sqlite')}`;
  dataSource = await openDataSource({ url, tls: 'off', caFile: undefined });
  await dataSource.manager.insert(Account, account);
  await dataSource.manager.insert(User, user);
});
afterAll(async () => {
  await dataSource.destroy();
  rmSync(directory, { recursive: true });
});

const withAccount = (manager: EntityManager) =>
  manager
    .createQueryBuilder(User, 'user')
    .innerJoinAndSelect('user.account', 'account')
    .where('user.isActive = :isActive', { isActive: true });
const lookUp = new CompiledLookUp('user.id', withAccount);

describe('CompiledLookUp', () => {
  it('finds the same row as the query builder, at each repetition', async () => {
    const { manager } = dataSource.createQueryRunner();
    for (let time = 0; time < 3; time++) {
      const found = await lookUp.findOne(manager, user.id);
      expect(found).toEqual(await withAccount(manager).andWhere({ id: user.id }).getOne());
      expect(found).toMatchObject({ id: user.id, isActive: true, account: { id: account.id } });
      expect(found).toBeInstanceOf(User);
    }
  });

  it('leaves out columns that the query does not select', async () => {
    const found = await lookUp.findOne(dataSource.createQueryRunner().manager, user.id);
    expect(found).toMatchObject({ passwordHash: undefined });
  });

  it.each(['nobody', '', ':id', "' OR 1=1 --"])('finds no user by %j (S-138)', async (id) => {
    expect(await lookUp.findOne(dataSource.createQueryRunner().manager, id)).toBeNull();
  });

  it('converts at least as many values where there is no row as where there is one (S-19, S-23)', async () => {
    const { manager } = dataSource.createQueryRunner();
    const convert = jest.spyOn(dataSource.driver, 'prepareHydratedValue');
    const count = async (id: string) => {
      convert.mockClear();
      await lookUp.findOne(manager, id);
      return convert.mock.calls.length;
    };
    const [found, missed] = [await count(user.id), await count('nobody')];
    convert.mockRestore();
    expect(found).toBeGreaterThan(0);
    expect(missed).toBeGreaterThanOrEqual(found);
  });

  it('finds several in the order of their keys, each as its own entity', async () => {
    const { manager } = dataSource.createQueryRunner();
    const other = userRow(account, 8, 'hash', 2);
    await manager.insert(User, other);
    const found = await lookUp.find(manager, [other.id, 'nobody', user.id, other.id]);
    expect(found.map((each) => each?.id)).toEqual([other.id, undefined, user.id, other.id]);
    expect(found[3]).not.toBe(found[0]);
    expect(found[3]).toEqual(found[0]);

    await manager.update(User, { id: user.id }, { isActive: false });
    expect((await lookUp.find(manager, [other.id, user.id])).map((each) => each?.id)).toEqual([
      other.id,
      undefined,
    ]);
    await manager.update(User, { id: user.id }, { isActive: true });
  });

  it('refuses a key that is no column of the entity', async () => {
    const byNothing = new CompiledLookUp('user.nothing', withAccount);
    await expect(byNothing.findOne(dataSource.createQueryRunner().manager, 'x')).rejects.toThrow(
      'user.nothing',
    );
  });

  it('gives null where a left join finds no row', async () => {
    const withOwner = new CompiledLookUp('account.id', (manager) =>
      manager
        .createQueryBuilder(Account, 'account')
        .leftJoinAndMapOne('account.owner', User, 'user', "user.role = 'owner'"),
    );
    const found = await withOwner.findOne(dataSource.createQueryRunner().manager, account.id);
    expect(found).toMatchObject({ id: account.id, owner: null });
  });
});

describe('CompiledUpdate', () => {
  const rename = new CompiledUpdate(['id', 'name'], (manager) =>
    manager
      .createQueryBuilder()
      .update(Account)
      .set({ name: () => ':name' })
      .where('id = :id'),
  );

  it('returns how many rows it matched', async () => {
    const runner = dataSource.createQueryRunner();
    const { manager } = runner;
    expect(await rename.run(manager, { id: account.id, name: "O'Neil" })).toBe(1);
    expect(await rename.run(manager, { id: 'nobody', name: 'x' })).toBe(0);
    expect(await manager.findOneBy(Account, { id: account.id })).toMatchObject({ name: "O'Neil" });
    await runner.release();
  });

  it('does not run outside a unit of work', async () => {
    const parameters = { id: account.id, name: 'x' };
    await expect(rename.run(dataSource.manager, parameters)).rejects.toThrow('unit of work');
  });
});
