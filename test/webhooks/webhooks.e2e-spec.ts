import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { request, type RequestOptions } from '../support/http.js';
import { newKey, newMember, newOwner, newRole, newUser, type Member } from '../support/members.js';
import { eventually } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { countRows } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';
import { Receiver, type Received } from './receiver.js';
import { isSignedWith, verified } from './verified.js';
import { deliveriesOf, newWebhook, WEBHOOK, type TestWebhook } from './webhooks.js';

const DAY_MS = 86_400_000;

describeTargets('webhooks', (target) => {
  let receiver: Receiver;
  let service: TestService;
  let owner: Member;
  let stranger: Member;
  /** The path of the receiver that only this test uses. */
  let path: string;
  beforeAll(async () => {
    receiver = await Receiver.start();
    service = await startService({ target, env: receiver.env });
    stranger = await newOwner(service);
  });
  beforeEach(async () => {
    owner = await newOwner(service);
    path = `/${randomUUID()}`;
    receiver.answer = () => 204;
  });

  const ask = (method: string, address: string, options: RequestOptions = {}) =>
    request(service, method, `${WEBHOOK}${address}`, { bearer: owner.bearer, ...options });
  const create = (events: readonly string[] = ['*']) =>
    newWebhook(service, owner, receiver.url(path), events);
  const rename = (name = 'Grace', { bearer } = owner) =>
    request(service, 'PATCH', '/api/v1/account/user/me', { bearer, json: { first_name: name } });
  const got = (count: number) =>
    eventually(() => {
      expect(receiver.at(path)).toHaveLength(count);
      return receiver.at(path);
    });
  const settled = (webhook: TestWebhook, status: string) =>
    eventually(async () => {
      const [newest] = await deliveriesOf(service, owner, webhook);
      expect(newest?.status).toBe(status);
      return newest as NonNullable<typeof newest>;
    });
  const query = (sql: string, ...params: unknown[]) => service.database.query(sql, params);

  it('shows its secret at the creation only, and the database does not (contract §7, S-217)', async () => {
    const json = { url: receiver.url(path), events: ['user.changed', 'user.changed'] };
    const created = await ask('POST', '', { json });
    expect(created.status).toBe(201);
    expect(created.headers.get('cache-control')).toBe('no-store');
    expect(created.body).toEqual({
      id: expect.any(String),
      account_id: owner.accountId,
      url: json.url,
      events: ['user.changed'],
      is_active: true,
      created_by: owner.id,
      created_at_utc: expect.any(Number),
      modified_at_utc: expect.any(Number),
      previous_secret_expires_at: null,
      secret: expect.stringMatching(/^whsec_[\w+/]{43}=$/),
    });
    const { secret, ...shown } = created.body;
    expect((await ask('GET', `/${created.body.id}`)).body).toEqual(shown);
    expect((await ask('GET', '')).body).toEqual([shown]);
    const rows = JSON.stringify(await query('SELECT * FROM webhooks'));
    expect(rows).not.toContain(secret.slice('whsec_'.length));
    expect(service.output()).not.toContain(secret);
  });

  it('gets the events of its account in the form of Standard Webhooks, its own creation first', async () => {
    const { id, secret } = await create();
    await rename();
    const [first, second] = await got(2);
    if (!first || !second) throw new Error('nothing came');
    expect(await verified(secret, first)).toEqual({
      type: 'webhook.created',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: {
        account_id: owner.accountId,
        actor_id: owner.id,
        actor_type: 'user',
        webhook_id: id,
      },
    });
    expect(await verified(secret, second)).toMatchObject({
      type: 'user.changed',
      data: { account_id: owner.accountId, user_id: owner.id },
    });
    expect(second.headers['content-type']).toBe('application/json');
    const audit = await request(service, 'GET', '/api/v1/account/audit?event=user.changed', {
      bearer: owner.bearer,
    });
    expect(audit.body.map((each: { id: string }) => each.id)).toEqual([second.id]);
    expect(await isSignedWith(`whsec_${'A'.repeat(43)}=`, second)).toBe(false);
    expect(await isSignedWith(secret, { ...second, body: `${second.body} ` })).toBe(false);
  });

  it('gets only the events that it names, and none of another account (S-95, S-217)', async () => {
    const { secret } = await create(['user.changed', 'role.created']);
    await rename('Eve', stranger);
    await newUser(service, owner, 'standard');
    await newRole(service, owner, 'keeper', []);
    await got(1);
    await rename();
    const events = await Promise.all((await got(2)).map((each) => verified(secret, each)));
    expect(events.map(({ type }) => type)).toEqual(['role.created', 'user.changed']);
    for (const { data } of events) expect(data['account_id']).toBe(owner.accountId);
  });

  it('is no cost to an account that has none: its events leave no row', async () => {
    await create();
    await rename('Eve', stranger);
    const rows = await countRows(
      service.database,
      'webhook_deliveries',
      `account_id = '${stranger.accountId}'`,
    );
    expect(rows).toBe(0);
  });

  it('signs with both secrets for a day after a rotation, and after the next with the last two', async () => {
    const { id, secret: first } = await create(['user.changed']);
    const rotate = async () => (await ask('POST', `/${id}/rotate`)).body;
    const { secret: second, previous_secret_expires_at: end, modified_at_utc: at } = await rotate();
    expect(end - at).toBe(DAY_MS);
    const signers = async (count: number, secrets: readonly string[]) => {
      await rename();
      const newest = (await got(count)).at(-1) as Received;
      return Promise.all(secrets.map((secret) => isSignedWith(secret, newest)));
    };
    expect(await signers(1, [first, second])).toEqual([true, true]);
    const { secret: third } = await rotate();
    expect(await signers(2, [first, second, third])).toEqual([false, true, true]);
    await query('UPDATE webhooks SET previous_valid_until = ? WHERE id = ?', Date.now() - 1, id);
    expect(await signers(3, [first, second, third])).toEqual([false, false, true]);
  });

  it('repeats an event until it is taken, and what follows about the same user waits, but nothing else', async () => {
    const { id } = await create(['user.changed']);
    const { id: other } = await newUser(service, owner, 'standard');
    const isOfOwner = (body: string) => body.includes(`"user_id":"${owner.id}"`);
    receiver.answer = ({ body }) => (isOfOwner(body) ? 500 : 204);
    await rename('One');
    await eventually(async () => {
      const [failed] = await deliveriesOf(service, owner, { id });
      expect(failed).toMatchObject({ status: 'pending', failure: 'status', response_status: 500 });
      expect(failed?.next_attempt_at_utc).toBeGreaterThan(Date.now());
    });
    await rename('Two');
    await request(service, 'PATCH', `/api/v1/account/user/${other}`, {
      bearer: owner.bearer,
      json: { first_name: 'Other' },
    });
    await eventually(() => {
      const bodies = receiver.at(path).map(({ body }) => body);
      expect(bodies).toContainEqual(expect.stringContaining(`"user_id":"${other}"`));
    });
    expect(new Set(receiver.at(path).map((each) => each.id)).size).toBe(2);
    receiver.answer = () => 204;
    await query(
      'UPDATE webhook_deliveries SET available_at = 0 WHERE webhook_id = ? AND state = ?',
      id,
      'pending',
    );
    await eventually(async () => {
      const states = (await deliveriesOf(service, owner, { id })).map(({ status }) => status);
      expect(states).toEqual(['delivered', 'delivered', 'delivered']);
    });
    const ofOwner = receiver.at(path).filter(({ body }) => isOfOwner(body));
    const [one, two] = [ofOwner.at(-2), ofOwner.at(-1)];
    expect(one?.id).toBe(ofOwner[0]?.id);
    expect(two?.id).not.toBe(one?.id);
  });

  it('gives an event up after a day, and goes on with the next one', async () => {
    const webhook = await create(['user.changed']);
    receiver.answer = () => 503;
    await rename('One');
    await eventually(async () => {
      expect(await deliveriesOf(service, owner, webhook)).toMatchObject([{ attempts: 1 }]);
    });
    await rename('Two');
    await query(
      'UPDATE webhook_deliveries SET available_at = 0, queued_at = queued_at - ? WHERE webhook_id = ? AND attempts = 1',
      DAY_MS,
      webhook.id,
    );
    await eventually(async () => {
      expect(await deliveriesOf(service, owner, webhook)).toMatchObject([
        { status: 'pending' },
        { status: 'failed', attempts: 2, response_status: 503, next_attempt_at_utc: null },
      ]);
    });
    await query(
      'UPDATE webhook_deliveries SET available_at = 0 WHERE webhook_id = ? AND state = ?',
      webhook.id,
      'pending',
    );
    receiver.answer = () => 204;
    await settled(webhook, 'delivered');
  });

  it('sends a delivery again under the same webhook-id, and audits that', async () => {
    const webhook = await create(['user.changed']);
    await rename();
    const { id, event_id } = await settled(webhook, 'delivered');
    const again = `/${webhook.id}/delivery/${id}/redeliver`;
    const answer = await ask('POST', again);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ id, event_id, status: 'pending', attempts: 0 });
    const [first, second] = await got(2);
    expect(second).toMatchObject({ id: event_id, body: first?.body });
    await settled(webhook, 'delivered');
    const [act] = await query(
      "SELECT event, actor_id FROM audit_records WHERE target_id = ? AND event = 'webhook.redelivered'",
      webhook.id,
    );
    expect(act).toMatchObject({ actor_id: owner.id });
  });

  it('is deactivated by a 410, and the others of the account are told', async () => {
    const webhook = await create(['user.changed']);
    const told = `/${randomUUID()}`;
    const other = await newWebhook(service, owner, receiver.url(told), ['webhook.disabled']);
    receiver.answer = ({ path: at }) => (at === path ? 410 : 204);
    await rename();
    const disabled = await eventually(() => {
      const [event] = receiver.at(told);
      if (!event) throw new Error('nothing came');
      return verified(other.secret, event);
    });
    expect(disabled.data).toEqual({
      account_id: owner.accountId,
      actor_id: 'system',
      actor_type: 'system',
      webhook_id: webhook.id,
    });
    expect((await ask('GET', `/${webhook.id}`)).body.is_active).toBe(false);
    await settled(webhook, 'failed');
    await rename();
    expect(await deliveriesOf(service, owner, webhook)).toHaveLength(1);
  });

  it('does not hold up the webhooks of others while its receiver does not answer (S-219)', async () => {
    // More than an account has places.
    const slow = [];
    for (let count = 0; count < 3; count++) {
      slow.push(await newWebhook(service, stranger, receiver.url('/slow'), ['user.created']));
    }
    receiver.answer = ({ path: at }) => (at === '/slow' ? undefined : 204);
    for (const _ of [1, 2, 3, 4, 5, 6]) await newUser(service, stranger, 'standard');
    const webhook = await create(['user.changed']);
    await rename();
    await settled(webhook, 'delivered');
    for (const each of slow) {
      const open = await deliveriesOf(service, stranger, each);
      expect(open.filter(({ status }) => status === 'delivered')).toEqual([]);
      await request(service, 'DELETE', `${WEBHOOK}/${each.id}`, { bearer: stranger.bearer });
    }
  });

  it('can be changed; what is not named stays', async () => {
    const { id } = await create();
    const changed = await ask('PATCH', `/${id}`, { json: { events: ['role.created', '*'] } });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ url: receiver.url(path), events: ['*'], is_active: true });
    await ask('PATCH', `/${id}`, { json: { is_active: false } });
    const before = await countRows(service.database, 'webhook_deliveries', `webhook_id = '${id}'`);
    await rename();
    expect(await countRows(service.database, 'webhook_deliveries', `webhook_id = '${id}'`)).toBe(
      before,
    );
  });

  it('takes its deliveries with it, and so does its account (S-106)', async () => {
    const left = (condition: string) =>
      eventually(async () => {
        expect(await countRows(service.database, 'webhook_deliveries', condition)).toBe(0);
      });
    const { id } = await create();
    await got(1);
    expect((await ask('DELETE', `/${id}`)).status).toBe(204);
    expectRefusal(await ask('GET', `/${id}`), 404, 40410);
    await left(`webhook_id = '${id}'`);
    await create();
    const { password, bearer } = owner;
    await request(service, 'DELETE', '/api/v1/account', { bearer, json: { password } });
    expect(await countRows(service.database, 'webhooks', `account_id = '${owner.accountId}'`)).toBe(
      0,
    );
    await left(`account_id = '${owner.accountId}'`);
  });

  it('is one of at most ten, also of twenty that are created at once (40902)', async () => {
    const json = { url: receiver.url(path), events: ['role.deleted'] };
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('POST', '', { json })));
    const [made, refused] = [201, 409].map((code) =>
      answers.filter(({ status }) => status === code),
    );
    expect(made).toHaveLength(10);
    expect(refused).toHaveLength(10);
    for (const answer of refused ?? []) expectRefusal(answer, 409, 40902);
    const pages = await ask('GET', '?limit=6');
    expect(pages.body).toHaveLength(6);
    expect(pages.headers.get('link')).toMatch(/webhook\?limit=6&cursor=[\w-]+>; rel="next"$/);
  });

  it('loses no rotation of several at once: each secret but the last two ends', async () => {
    const { id, secret } = await create(['user.changed']);
    const answers = await Promise.all([1, 2, 3, 4].map(() => ask('POST', `/${id}/rotate`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await rename();
    const [signed] = await got(1);
    const secrets = [secret, ...answers.map(({ body }) => body.secret as string)];
    const signs = await Promise.all(secrets.map((each) => isSignedWith(each, signed as Received)));
    expect(signs[0]).toBe(false);
    expect(signs.filter(Boolean)).toHaveLength(2);
  });

  it('is hidden from another account with its deliveries, as if there were none (40410)', async () => {
    const { id } = await create(['user.changed']);
    await rename();
    const { id: delivery } = await settled({ id } as TestWebhook, 'delivered');
    const own = await newWebhook(service, stranger, receiver.url('/own'));
    const bearer = stranger.bearer;
    for (const [method, address, json] of [
      ['GET', `/${id}`],
      ['PATCH', `/${id}`, { is_active: false }],
      ['DELETE', `/${id}`],
      ['POST', `/${id}/rotate`],
      ['GET', `/${id}/delivery`],
      ['POST', `/${id}/delivery/${delivery}/redeliver`],
      ['POST', `/${own.id}/delivery/${delivery}/redeliver`],
      ['POST', `/${own.id}/delivery/1/redeliver`],
    ] as const) {
      expectRefusal(await ask(method, address, { bearer, json }), 404, 40410);
    }
    expect((await ask('GET', `/${id}`)).body).toMatchObject({ id, is_active: true });
    await request(service, 'DELETE', `${WEBHOOK}/${own.id}`, { bearer });
  });

  // What neither engine nor adapter changes.
  if (target.database !== 'sqlite') return;

  it('does not follow a redirect (S-216)', async () => {
    const webhook = await create(['user.changed']);
    receiver.answer = ({ path: at }, response) => {
      if (at !== path) return 204;
      response.setHeader('location', receiver.url('/elsewhere'));
      return 307;
    };
    await rename();
    await eventually(async () => {
      const [failed] = await deliveriesOf(service, owner, webhook);
      expect(failed).toMatchObject({ failure: 'redirect', response_status: 307 });
    });
    expect(receiver.at('/elsewhere')).toEqual([]);
  });

  it('waits for no receiver that changes the protocol (101): the attempt has failed, and others are sent (S-219)', async () => {
    const webhook = await create(['user.changed']);
    receiver.answer = (_, response) => {
      response.socket?.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: none\r\n\r\n',
      );
      return undefined;
    };
    await rename();
    await eventually(async () => {
      const [failed] = await deliveriesOf(service, owner, webhook);
      expect(failed).toMatchObject({ attempts: 1, failure: 'connection', response_status: null });
    });
  });

  it('reads a small part of an answer only', async () => {
    const webhook = await create(['user.changed']);
    receiver.answer = (_, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
      };
      response.on('drain', more);
      more();
      return undefined;
    };
    await rename();
    expect(await settled(webhook, 'delivered')).toMatchObject({ response_status: 200 });
  });

  describe('refuses', () => {
    const valid = () => ({ url: receiver.url(path), events: ['*'] });

    it.each([
      ['plain HTTP', 'http://example.com/'],
      ['another scheme', 'ftp://example.com/'],
      ['no URL', 'example.com'],
      ['a relative URL', '//example.com/'],
      ['user and password', 'https://u:p@example.com/'],
      ['a user', 'https://user@example.com/'],
      ['a fragment', 'https://example.com/#a'],
      ['a space', 'https://example.com/a b'],
      ['a space before it', ' https://example.com/'],
      ['backslashes', 'https:\\\\example.com\\'],
      ['the port 0', 'https://example.com:0/'],
      ['a wrong port', 'https://example.com:99999/'],
      ['a URL that is too long', `https://example.com/${'a'.repeat(1000)}`],
      ['a URL that grows too long', `https://example.com/${'ü'.repeat(500)}`],
      ['localhost', 'https://localhost/'],
      ['a name in localhost', 'https://a.LOCALHOST./'],
      ['loopback', 'https://127.0.0.2/'],
      ['loopback in decimal', 'https://2130706434/'],
      ['loopback in octal', 'https://0177.0.0.2/'],
      ['loopback in hexadecimal', 'https://0x7f000002/'],
      ['loopback in short', 'https://127.2/'],
      ['loopback in other digits', 'https://①②⑦.0.0.2/'],
      ['loopback in IPv6', 'https://[::1]/'],
      ['loopback mapped into IPv6', 'https://[::ffff:127.0.0.2]/'],
      ['loopback behind NAT64', 'https://[64:ff9b::7f00:2]/'],
      ['loopback by 6to4', 'https://[2002:7f00:2::]/'],
      ['any address', 'https://0.0.0.0/'],
      ['a private network', 'https://10.0.0.1/'],
      ['carrier-grade NAT', 'https://100.64.0.1/'],
      ['the metadata of a cloud', 'https://169.254.169.254/latest/meta-data/'],
      ['the metadata in IPv6', 'https://[fd00:ec2::254]/'],
      ['link-local IPv6', 'https://[fe80::1]/'],
      ['multicast', 'https://224.0.0.1/'],
      ['broadcast', 'https://255.255.255.255/'],
    ])('%s as the URL (40001, S-216)', async (_, url) => {
      const { body: created, ...answer } = await ask('POST', '', { json: { ...valid(), url } });
      expectRefusal({ body: created, ...answer }, 400, 40001);
      expect(created.errors[0].field).toBe('url');
    });

    it.each([
      ['an unknown event', { events: ['user.created', 'user.invented'] }, 'events'],
      ['an event of the audit trail alone', { events: ['sign_in.failed'] }, 'events'],
      ['no event', { events: [] }, 'events'],
      ['events that are no list', { events: '*' }, 'events'],
      ['too many events', { events: Array(51).fill('*') }, 'events'],
      ['a URL that is no text', { url: ['https://example.com'] }, 'url'],
      ['a text for a flag', { is_active: 'true' }, 'is_active'],
      ['null for a flag', { is_active: null }, 'is_active'],
      ['a secret of the client', { secret: 'whsec_AAAA' }, 'secret'],
      ['an unknown member', { name: 'mine' }, 'name'],
    ])('%s (40001)', async (_, members, field) => {
      const answer = await ask('POST', '', { json: { ...valid(), ...members } });
      expectRefusal(answer, 400, 40001);
      expect(answer.body.errors[0].field).toBe(field);
    });

    it('the same in a change (40001)', async () => {
      const { id } = await create();
      for (const json of [{ url: 'https://10.0.0.1/' }, { events: ['x'] }, { is_active: 1 }]) {
        expectRefusal(await ask('PATCH', `/${id}`, { json }), 400, 40001);
      }
    });

    it('every role but owner and admin, and takes a key by its scopes (40302)', async () => {
      const json = valid();
      const admin = await newMember(service, owner, 'admin');
      expect((await ask('POST', '', { bearer: admin.bearer, json })).status).toBe(201);
      for (const role of ['standard', 'read_only', 'iac']) {
        const { apiKey } = await newKey(service, owner, role);
        expectRefusal(await ask('GET', '', { bearer: apiKey }), 403, 40302);
        expectRefusal(await ask('POST', '', { bearer: apiKey, json }), 403, 40302);
      }
      await newRole(service, owner, 'watcher', ['webhooks:read']);
      const { apiKey } = await newKey(service, owner, 'watcher');
      expect((await ask('GET', '', { bearer: apiKey })).body).toHaveLength(1);
      expectRefusal(await ask('POST', '', { bearer: apiKey, json }), 403, 40302);
    });
  });
});
