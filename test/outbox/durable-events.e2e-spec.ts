import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { SYSTEM, type NewEvent } from '../../src/events/gatehouse-event.js';
import { CuttingProxy } from '../faults/cutting-proxy.js';
import { importBuilt } from '../support/built.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/patience.js';
import { describeTargets } from '../support/targets.js';
import {
  end,
  openHost,
  received,
  startHost,
  stopDelivery,
  type DurableHost,
} from './durable-hosts.js';

/** More than a dispatcher claims at once, so that two find work. */
const SUBJECTS = 300;
/** Events of each subject: more on one engine than on those where each takes longer. */
const ROUNDS = { sqlite: 6, mariadb: 4, postgres: 4 };
/**
 * At which event each process dies: one after another in the places of two that work at the same time. Together less
 * than all events, so that each gets so far.
 */
const DEATHS = { sqlite: [[200, 500], [600]], mariadb: [[200], [600]], postgres: [[200], [600]] };
/** So long that the processes work at the same time. */
const LISTENER_MS = 40;

describeTargets('durable events', (target) => {
  let database: TestDatabase;
  /** Stores events for the listener `recipient` of other processes. */
  let writer: DurableHost;
  /** Delivers them, as soon as it has a listener. */
  let host: DurableHost;
  let accountId: string;
  let file: string;

  beforeAll(async () => {
    database = await createTestDatabase(target.database);
    writer = await openHost(database);
    writer.events.on('user.changed', () => undefined, { durable: 'recipient' });
    await stopDelivery(writer);
    host = await openHost(database);
    const owner = { emailAddress: 'owner@example.com', firstName: 'Ada', surname: 'L' };
    const options = { name: 'Works', country: 'GBR', owner };
    accountId = (await writer.gatehouse.createAccount(options)).account.id;
    file = join(temporaryDirectory('events'), 'received');
  });

  // Asked often, and so over a connection that stays.
  const stored = async (condition = '1 = 1'): Promise<number> => {
    const sql = `SELECT COUNT(*) AS n FROM event_deliveries WHERE ${condition}`;
    const [row] = await writer.dataSource.query<{ n: number | string }[]>(sql);
    return Number(row?.n);
  };
  const untilDelivered = () => eventually(async () => expect(await stored()).toBe(0));

  async function addUser(): Promise<string> {
    const person = { emailAddress: `${randomUUID()}@example.com`, firstName: 'A', surname: 'L' };
    return (await writer.gatehouse.createUser(accountId, { ...person, role: 'standard' })).id;
  }

  const rename = (userId: string, manager?: EntityManager, through = writer) =>
    through.gatehouse.changeUser(
      accountId,
      userId,
      { firstName: randomUUID().slice(0, 8) },
      manager && { manager },
    );

  it('reach another process when those that work at the same time are killed amid an event: none is lost, doubles have one id, each subject keeps its order', async () => {
    const published = new Map<string, string[]>();
    const stop = writer.events.on('user.changed', ({ userId, id }) => {
      published.set(userId, [...(published.get(userId) ?? []), id]);
    });
    const { Database } = await importBuilt('database/database.js');
    const spine = writer.app.get(Database, { strict: false });
    const total = SUBJECTS * ROUNDS[target.database];
    const subjects = Array.from({ length: SUBJECTS }, () => randomUUID());
    for (let round = 0; round < ROUNDS[target.database]; round++) {
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

    const deaths = DEATHS[target.database];
    await Promise.all(
      deaths.map(async (inOnePlace) => {
        for (const dyingAt of inOnePlace) {
          const killed = startHost(database, { file, delayMs: LISTENER_MS, dyingAt });
          await once(killed, 'exit');
          expect(killed.signalCode).toBe('SIGKILL');
        }
      }),
    );
    const kills = deaths.flat();
    const delivered = kills.reduce((sum, dyingAt) => sum + dyingAt, 0);
    expect(received(file)).toHaveLength(delivered);
    expect(await stored()).toBeGreaterThan(total - delivered);
    const recipient = ({ userId, id }: { userId: string; id: string }) =>
      appendFileSync(file, `${process.pid} ${userId} ${id}\n`);
    const remove = host.events.on('user.changed', recipient, { durable: 'recipient' });
    await untilDelivered();
    remove();

    const bySubject = new Map<string, Set<string>>();
    for (const { subject, id } of received(file)) {
      bySubject.set(subject, (bySubject.get(subject) ?? new Set()).add(id));
    }
    expect(bySubject.size).toBe(SUBJECTS);
    // A set keeps the order of the first additions.
    for (const [subject, ids] of published)
      expect([...(bySubject.get(subject) ?? [])]).toEqual(ids);
    // At least the one at which a process died came again.
    expect(received(file).length).toBeGreaterThanOrEqual(total + kills.length);
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
      const dying = startHost(database, { file, delayMs: 60_000, dyingIn: accountId });
      await once(dying, 'exit');
      expect(dying.signalCode).toBe('SIGKILL');
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
      const stopped = startHost(database, { file, delayMs: 3_000 });
      const begun = () => received(file).filter(({ pid }) => pid === stopped.pid);
      await eventually(() => expect(begun()).toHaveLength(10));
      await end(stopped, 'SIGTERM');
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
    const got: string[] = [];
    /** Called by the listener `recipient`. */
    let listener: (userId: string) => void | Promise<void> = () => undefined;
    beforeAll(() => {
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
