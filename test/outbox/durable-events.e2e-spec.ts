import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { SYSTEM, type NewEvent } from '../../src/events/gatehouse-event.js';
import { CuttingProxy } from '../faults/cutting-proxy.js';
import { importBuilt } from '../support/built.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/patience.js';
import { countRows } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';
import {
  end,
  openHost,
  received,
  startHost,
  stopDelivery,
  type DurableHost,
} from './durable-hosts.js';

const KILL_EVERY_MS = 2_000;
const SUBJECTS = 100;
/** 10,000 on one engine, fewer on those where each takes longer. */
const EVENTS = { sqlite: 10_000, mariadb: 2_000, postgres: 2_000 };
/** So long that dispatchers are killed several times before they are done. */
const LISTENER_MS = { sqlite: 10, mariadb: 40, postgres: 40 };
/** Each costs a start of a host. */
const MOST_KILLS = { sqlite: 4, mariadb: 2, postgres: 2 };

describeTargets('durable events', (target) => {
  let database: TestDatabase;
  /** Stores events for the listener `recipient` of other processes. */
  let writer: DurableHost;
  let accountId: string;
  let file: string;

  beforeAll(async () => {
    database = await createTestDatabase(target.database);
    writer = await openHost(database);
    writer.events.on('user.changed', () => undefined, { durable: 'recipient' });
    await stopDelivery(writer);
    const owner = { emailAddress: 'owner@example.com', firstName: 'Ada', surname: 'L' };
    const options = { name: 'Works', country: 'GBR', owner };
    accountId = (await writer.gatehouse.createAccount(options)).account.id;
    file = join(temporaryDirectory('events'), 'received');
  });

  const stored = (condition?: string) => countRows(database, 'event_deliveries', condition);
  const untilDelivered = () => eventually(async () => expect(await stored()).toBe(0));

  async function addUser(manager?: EntityManager, host = writer): Promise<string> {
    const person = { emailAddress: `${randomUUID()}@example.com`, firstName: 'A', surname: 'L' };
    const within = manager && { manager };
    return (await host.gatehouse.createUser(accountId, { ...person, role: 'standard' }, within)).id;
  }

  const rename = (userId: string, manager?: EntityManager, host = writer) =>
    host.gatehouse.changeUser(
      accountId,
      userId,
      { firstName: randomUUID().slice(0, 8) },
      manager && { manager },
    );

  it('reach two dispatchers that are killed every two seconds: none is lost, doubles have one id, each subject keeps its order', async () => {
    const published = new Map<string, string[]>();
    const stop = writer.events.on('user.changed', ({ userId, id }) => {
      published.set(userId, [...(published.get(userId) ?? []), id]);
    });
    const { Database } = await importBuilt('database/database.js');
    const spine = writer.app.get(Database, { strict: false });
    const total = EVENTS[target.database];
    const subjects = Array.from({ length: SUBJECTS }, () => randomUUID());
    for (let round = 0; round < total / SUBJECTS; round++) {
      const { actorId, actorType } = SYSTEM;
      const changes = subjects.map((userId): NewEvent => {
        return { name: 'user.changed', accountId, actorId, actorType, userId };
      });
      await spine.transaction(
        () => Promise.resolve(true),
        () => Promise.resolve(undefined),
        [],
        () => changes,
      );
    }
    await eventually(() => expect([...published.values()].flat()).toHaveLength(total));
    stop();
    expect(await stored()).toBe(total);

    const delayMs = LISTENER_MS[target.database];
    const hosts = [startHost(database, { file, delayMs }), startHost(database, { file, delayMs })];
    let kills = 0;
    for (let victim = 0; (await stored()) > 0; victim = 1 - victim) {
      await sleep(KILL_EVERY_MS);
      const host = hosts[victim];
      if (!host) throw new Error('no such host');
      // A start takes longer than that on a busy machine.
      await eventually(async () => {
        const isAtWork = received(file).some(({ pid }) => pid === host.pid);
        if (!isAtWork && (await stored()) > 0) throw new Error('it has not begun');
      });
      await end(host, 'SIGKILL');
      kills++;
      if (kills === MOST_KILLS[target.database]) break;
      hosts[victim] = startHost(database, { file, delayMs });
    }
    await untilDelivered();
    for (const host of hosts) if (host.signalCode === null) await end(host, 'SIGKILL');
    expect(kills).toBeGreaterThan(1);

    const bySubject = new Map<string, Set<string>>();
    for (const { subject, id } of received(file)) {
      bySubject.set(subject, (bySubject.get(subject) ?? new Set()).add(id));
    }
    expect(bySubject.size).toBe(SUBJECTS);
    // A set keeps the order of the first additions.
    for (const [subject, ids] of published)
      expect([...(bySubject.get(subject) ?? [])]).toEqual(ids);
  });

  it('have a row exactly if the change is committed (S-152)', async () => {
    const userId = await addUser();
    expect(await stored()).toBe(0); // Nobody listens to user.created.
    const withdrawn = new Error('the host withdraws');
    const undone = writer.dataSource.transaction(async (manager) => {
      await rename(userId, manager);
      throw withdrawn;
    });
    await expect(undone).rejects.toBe(withdrawn);
    expect(await stored()).toBe(0);
    await writer.dataSource.transaction((manager) => rename(userId, manager));
    expect(await stored()).toBe(1);
    const [row] = await database.query('SELECT subject, listener, payload FROM event_deliveries');
    expect(row).toMatchObject({ subject: userId, listener: 'recipient' });
    expect(JSON.parse(row?.payload as string)).toEqual({
      id: expect.any(String),
      at: expect.any(Number),
      name: 'user.changed',
      accountId,
      userId,
      actorId: 'application',
      actorType: 'application',
    });
    await database.query('DELETE FROM event_deliveries');
  });

  if (target.database === 'sqlite') {
    it('of a process that dies have a row if that is after the COMMIT, as the change, and none before (S-152)', async () => {
      const host = startHost(database, { file, delayMs: 60_000, dyingIn: accountId });
      await once(host, 'exit');
      expect(host.signalCode).toBe('SIGKILL');
      const users = await database.query(
        "SELECT id, email_address AS address FROM users WHERE email_address LIKE 'user-%'",
      );
      expect(users.map(({ address }) => address as string)).toEqual(['user-1@example.com']);
      const rows = await database.query('SELECT subject FROM event_deliveries');
      expect(rows).toEqual([{ subject: users[0]?.id as string }]);
      await database.query('DELETE FROM event_deliveries');
    });

    it('wait at a SIGTERM only for the listeners that run, and the others are given back', async () => {
      const users = await Promise.all(Array.from({ length: 12 }, () => addUser()));
      for (const userId of users) await rename(userId);
      const host = startHost(database, { file, delayMs: 3_000 });
      const begun = () => received(file).filter(({ pid }) => pid === host.pid);
      await eventually(() => expect(begun()).toHaveLength(10));
      await end(host, 'SIGTERM');
      expect(begun().length).toBeLessThan(12);
      expect(await stored('claimed_by IS NULL AND available_at = 0')).toBe(12 - begun().length);
      expect(await stored()).toBe(12 - begun().length);
      await database.query('DELETE FROM event_deliveries');
    });
  } else {
    it.each([['before', 0] as const, ['after', 1] as const])(
      'of a change whose connection breaks %s its COMMIT: %i, as of changes (S-152, S-176)',
      async (where, count) => {
        const userId = await addUser();
        const proxy = await CuttingProxy.create(database.url);
        const cut = await openHost(database, { url: proxy.through(database.url) });
        await stopDelivery(cut);
        cut.events.on('user.changed', () => undefined, { durable: 'recipient' });
        proxy.cutAt(/^COMMIT/i, where);
        const outcome = await rename(userId, undefined, cut).then(
          () => 1,
          () => 0,
        );
        expect([outcome, await stored()]).toEqual([count, count]);
        expect(proxy.cuts).toBe(1);
        await database.query('DELETE FROM event_deliveries');
        await cut.app.close();
      },
    );
  }

  describe('in a host that delivers them', () => {
    let host: DurableHost;
    const got: string[] = [];
    /** Called by the listener `recipient`. */
    let listener: (userId: string) => void | Promise<void> = () => undefined;
    beforeAll(async () => {
      host = await openHost(database);
      const recipient = ({ userId, id }: { userId: string; id: string }) => {
        got.push(`${userId} ${id}`);
        return listener(userId);
      };
      host.events.on('user.changed', recipient, { durable: 'recipient' });
      host.events.on('user.changed', ({ userId }) => void got.push(`other ${userId}`), {
        durable: 'other',
      });
    });

    it('of a subject wait for one that failed, and those of other subjects and listeners do not', async () => {
      const [failing, other] = [await addUser(), await addUser()];
      let failures = 0;
      listener = (userId) => {
        if (userId !== failing || failures === 2) return;
        failures++;
        throw new Error('not now');
      };
      got.length = 0;
      await rename(failing, undefined, host);
      await rename(failing, undefined, host);
      await rename(other, undefined, host);
      await untilDelivered();
      const ofFailing = got.filter((line) => line.startsWith(failing));
      // The first one three times, then the second.
      expect(new Set(ofFailing.slice(0, 3)).size).toBe(1);
      expect(ofFailing).toHaveLength(4);
      expect(new Set(ofFailing).size).toBe(2);
      const last = got.indexOf(ofFailing.at(-1) ?? '');
      expect(got.findIndex((line) => line.startsWith(other))).toBeLessThan(last);
      expect(got.filter((line) => line === `other ${failing}`)).toHaveLength(2);
      expect(got.indexOf(`other ${failing}`)).toBeLessThan(last);
      listener = () => undefined;
    });

    it("are deleted outside of a transaction of the host that is rolled back, on the host's one connection too", async () => {
      const userId = await addUser();
      let finish: () => void = () => undefined;
      listener = () => new Promise((resolve) => (finish = resolve));
      got.length = 0;
      await rename(userId, undefined, host);
      const calls = () => got.filter((line) => line.startsWith(userId));
      await eventually(() => expect(calls()).toHaveLength(1));
      const withdrawn = new Error('the host withdraws');
      const undone = host.dataSource.transaction(async (manager) => {
        await rename(userId, manager, host);
        finish();
        // The deletion is asked for now, and on SQLite must wait.
        await sleep(200);
        throw withdrawn;
      });
      await expect(undone).rejects.toBe(withdrawn);
      await untilDelivered();
      expect(calls()).toHaveLength(1);
      listener = () => undefined;
    });

    it('of listeners that no process knows are deleted after 7 days, with one warning (S-168)', async () => {
      const userId = await addUser();
      await rename(userId);
      await database.query("UPDATE event_deliveries SET listener = 'gone'");
      const { AbandonedDeliveries } = await importBuilt('outbox/abandoned-deliveries.js');
      const abandoned = host.app.get(AbandonedDeliveries, { strict: false });
      host.warnings.length = 0;
      await abandoned.purge();
      expect(await stored()).toBe(1);
      const before = Date.now() - 7 * 86_400_000 - 1;
      await database.query('UPDATE event_deliveries SET created_at = ?', [before]);
      await abandoned.purge();
      expect(await stored()).toBe(0);
      expect(host.warnings).toEqual([expect.stringMatching(/^1 events .* listeners gone$/)]);
    });
  });
});
