import { beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupBy } from '../../src/common/group-by.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { request } from '../support/http.js';
import { newOwner, newUser, type Member } from '../support/members.js';
import { eventually } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { countRows } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';
import { Receiver } from './receiver.js';
import { isSignedWith } from './verified.js';
import { newWebhook, type TestWebhook } from './webhooks.js';

const HOUR_MS = 3_600_000;
const HOURS = 6;
const USERS = 3;
const CHANGES = 4;

describeTargets('webhooks whose receiver is away', (target) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let services: TestService[];
  let owner: Member;
  let webhook: TestWebhook;
  beforeAll(async () => {
    database = await createTestDatabase(target.database);
    receiver = await Receiver.start();
    const env = receiver.env;
    services = [await startService({ target, database, env })];
    services.push(await startService({ target, database, env }));
    owner = await newOwner(services[0] as TestService);
    webhook = await newWebhook(services[0] as TestService, owner, receiver.url(), ['user.changed']);
  });

  const pending = (condition = '1 = 1') =>
    countRows(database, 'webhook_deliveries', `state = 'pending' AND ${condition}`);

  /** Moves what waits into the past, as if so much time had passed. */
  const pass = (ms: number) =>
    database.query(
      "UPDATE webhook_deliveries SET created_at = created_at - ?, queued_at = queued_at - ?, available_at = available_at - ? WHERE state = 'pending'",
      [ms, ms, ms],
    );

  /** Changes each user through one service and then the other; returns the ids of the events of each user, in order. */
  async function changeUsers(): Promise<ReadonlyMap<string, string[]>> {
    const users: string[] = [];
    for (let user = 0; user < USERS; user++) {
      users.push((await newUser(services[0] as TestService, owner, 'standard')).id);
    }
    for (let change = 0; change < CHANGES; change++) {
      for (const id of users) {
        const service = services[change % 2] as TestService;
        const json = { first_name: `Ada ${change}` };
        const path = `/api/v1/account/user/${id}`;
        const { status } = await request(service, 'PATCH', path, { bearer: owner.bearer, json });
        expect(status).toBe(200);
        // Two changes of one user in one millisecond would have no order in the audit trail.
        await sleep(2);
      }
    }
    const acts = await database.query(
      "SELECT id, target_id FROM audit_records WHERE event = 'user.changed' ORDER BY created_at",
    );
    const ofUsers = acts.filter((act) => users.includes(act['target_id'] as string));
    const bySubject = groupBy(ofUsers, (act) => act['target_id'] as string);
    return new Map(
      [...bySubject].map(([id, rows]) => [id, rows.map((row) => row['id'] as string)]),
    );
  }

  const received = (events: readonly string[]) =>
    receiver.received.map(({ id }) => id).filter((id) => events.includes(id));

  it('get each event once from two instances, those of a user in order', async () => {
    const events = await changeUsers();
    await eventually(async () => expect(await pending()).toBe(0));
    expect([...events.values()].flat()).toHaveLength(USERS * CHANGES);
    for (const ofUser of events.values()) expect(received(ofUser)).toEqual(ofUser);
  });

  it('lose nothing in six hours, in which both instances are killed amid a request, and keep the order of each user (S-218)', async () => {
    await receiver.stop();
    const events = await changeUsers();
    const all = [...events.values()].flat();
    expect(await pending()).toBe(all.length);
    for (let hour = 1; hour <= HOURS; hour++) {
      if (hour === 2) {
        await killAmidRequests(all);
        continue;
      }
      if (hour === 3) for (const service of services) await service.start();
      await pass(HOUR_MS);
      const tried = hour === 1 ? 1 : hour - 1;
      await eventually(async () => {
        expect(await pending(`attempts >= ${tried}`)).toBeGreaterThanOrEqual(USERS);
      });
    }
    expect(await pending()).toBe(all.length);
    const sent = receiver.received.filter(({ id }) => all.includes(id));
    receiver.answer = () => 204;
    await receiver.resume();
    await eventually(async () => {
      await pass(HOUR_MS);
      expect(await pending()).toBe(0);
    });
    for (const ofUser of events.values()) {
      // What the killed processes have sent came again: a set keeps the order of the first ones.
      expect([...new Set(received(ofUser))]).toEqual(ofUser);
    }
    for (const { id, body } of sent) {
      const again = receiver.received.filter((each) => each.id === id);
      expect(again.length).toBeGreaterThan(1);
      for (const each of again) expect(each.body).toBe(body);
    }
    const [last] = receiver.received.slice(-1);
    expect(last && (await isSignedWith(webhook.secret, last))).toBe(true);
  });

  /** Lets an hour pass, and kills both instances when some of these events are sent, for which no answer comes. */
  async function killAmidRequests(events: readonly string[]): Promise<void> {
    receiver.answer = () => undefined;
    await receiver.resume();
    await pass(HOUR_MS);
    await eventually(() => expect(received(events)).not.toEqual([]));
    for (const service of services) await service.kill();
    expect(await pending('claimed_by IS NOT NULL')).toBeGreaterThan(0);
    expect(await pending()).toBe(events.length);
    await receiver.stop();
  }

  // What the engine does not change.
  if (target.database !== 'sqlite') return;

  it('are sent what a SIGTERM cuts off by another instance, without the end of a claim', async () => {
    const [service, other] = services as [TestService, TestService];
    receiver.answer = () => undefined;
    await other.stop();
    const { id } = await newUser(service, owner, 'standard');
    const before = receiver.received.length;
    const json = { first_name: 'Grace' };
    await request(service, 'PATCH', `/api/v1/account/user/${id}`, { bearer: owner.bearer, json });
    await eventually(() => expect(receiver.received).toHaveLength(before + 1));
    expect(await service.stop()).toBe(0);
    expect(await pending('claimed_by IS NULL AND attempts = 0')).toBe(1);
    receiver.answer = () => 204;
    await other.start();
    await eventually(async () => expect(await pending()).toBe(0));
  });
});
