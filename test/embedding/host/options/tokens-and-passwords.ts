import { GatehouseModule, GatehouseService, PasswordHasher } from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { database, SECRET, send, start } from '../host-app.js';
import { ACCOUNT, basic, Orders, SCOPES } from './set-up.js';

describe('GatehouseModule.forRoot', () => {
  it("adds the host's own claims to the token and to the principal", async () => {
    const { app, url } = await start({
      imports: [
        database(),
        GatehouseModule.forRoot({
          secret: SECRET,
          scopes: SCOPES,
          accessToken: { claims: ({ role, type }) => Promise.resolve({ plan: `${role} ${type}` }) },
        }),
      ],
      controllers: [Orders],
    });
    const reader = await gatehouseTesting(app).as({ role: 'read_only' });
    const { body } = await send('GET', `${url}/orders`, reader.headers);
    assert.deepEqual(body.claims, { plan: 'read_only user' });
  });

  it('refuses a grant whose host claims have the name of one of ours', async () => {
    for (const name of ['sub', 'scope', 'exp', 'nbf', 'account_id']) {
      const { app } = await start({
        imports: [
          database(),
          GatehouseModule.forRoot({
            secret: SECRET,
            accessToken: { claims: () => ({ [name]: 'x' }) },
          }),
        ],
      });
      await assert.rejects(gatehouseTesting(app).as(), new RegExp(`must not give ${name}`));
    }
  });

  it("hashes with the host's own hasher", async () => {
    const seen: string[] = [];
    class Shouting extends PasswordHasher {
      hash(password: string): Promise<string> {
        seen.push('hash');
        return Promise.resolve(password.toUpperCase());
      }
      verify(password: string, stored: string | null) {
        seen.push('verify');
        const isCorrect = stored === password.toUpperCase();
        return Promise.resolve({ isCorrect, isOutdated: false });
      }
    }
    const { url } = await start({
      imports: [
        database(),
        GatehouseModule.forRoot({ secret: SECRET, password: { hasher: new Shouting() } }),
      ],
    });
    await send('POST', `${url}/api/v1/account`, {}, ACCOUNT);
    const tokens = await send(
      'POST',
      `${url}/oauth/token?grant_type=password`,
      basic(ACCOUNT.email_address, ACCOUNT.password),
    );
    assert.deepEqual([tokens.status, seen], [200, ['hash', 'verify']]);
  });

  it("refuses a new password that the host's check knows, wherever one is set, and nothing while it fails (S-09)", async () => {
    const known = 'four brown bears by a blue lake';
    const asked: string[] = [];
    let isAway = false;
    const isBreached = (password: string) => {
      asked.push(password);
      if (isAway) throw new Error('away');
      return Promise.resolve(password === known);
    };
    const { app, url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET, password: { isBreached } })],
    });
    const refused = [400, 40001, 'The password is known from a breach of another service.'];
    const signUp = async (password: string, email_address = ACCOUNT.email_address) => {
      const json = { ...ACCOUNT, email_address, password };
      const { status, body } = await send('POST', `${url}/api/v1/account`, {}, json);
      return [status, body.code, body.errors?.[0].message];
    };
    const accepted = [202, undefined, undefined];
    assert.deepEqual(await signUp(known), refused);
    // Refused by our own rules before anybody is asked.
    assert.equal((await signUp('too short'))[1], 40001);
    assert.deepEqual(asked, [known]);
    assert.deepEqual(await signUp(ACCOUNT.password), accepted);
    // For an address in use the answer is the same.
    assert.deepEqual(await signUp(known), refused);

    const tokens = await send(
      'POST',
      `${url}/oauth/token?grant_type=password`,
      basic(ACCOUNT.email_address, ACCOUNT.password),
    );
    const headers = { authorization: `Bearer ${tokens.body.access_token}` };
    const own = { current_password: ACCOUNT.password, new_password: known };
    const path = `${url}/api/v1/account/user/me/password`;
    const changed = await send('PUT', path, headers, own);
    assert.deepEqual(
      [changed.status, changed.body.errors],
      [400, [{ field: 'new_password', message: refused[2] }]],
    );
    const gatehouse = app.get(GatehouseService);
    const { body: me } = await send('GET', `${url}/oauth/me`, headers);
    const coded = (error: { entry: { code: number } }) => error.entry.code === 40001;
    const set = { password: known };
    await assert.rejects(gatehouse.setPassword(me.account_id, me.id, set), coded);
    const user = { emailAddress: 'g@example.com', firstName: 'G', surname: 'H', role: 'admin' };
    await assert.rejects(gatehouse.createUser(me.account_id, { ...user, ...set }), coded);

    isAway = true;
    assert.deepEqual(await signUp(known, 'grace@example.com'), accepted);
  });

  it('signs users in with password hashes of another system', async () => {
    class Former extends PasswordHasher {
      hash(password: string): Promise<string> {
        return Promise.resolve(`new:${password.length}`);
      }
      verify(password: string, stored: string | null) {
        const isCorrect = stored === `former:${password}`.replaceAll(' ', '_');
        return Promise.resolve({ isCorrect, isOutdated: isCorrect });
      }
    }
    const { app, url } = await start({
      imports: [
        database(),
        GatehouseModule.forRoot({ secret: SECRET, password: { hasher: new Former() } }),
      ],
    });
    const person = { emailAddress: 'ada@example.com', firstName: 'Ada', surname: 'L' };
    const passwordHash = `former:${ACCOUNT.password.replaceAll(' ', '_')}`;
    const gatehouse = app.get(GatehouseService);
    const account = { name: 'Works', country: 'GBR' };
    const coded = (error: { entry: { code: number } }) => error.entry.code === 40001;
    for (const broken of ['', 'with space', 'x'.repeat(201), 'ä']) {
      const owner = { ...person, passwordHash: broken };
      await assert.rejects(gatehouse.createAccount({ ...account, owner }), coded);
    }
    await gatehouse.createAccount({ ...account, owner: { ...person, passwordHash } });
    const signIn = () =>
      send(
        'POST',
        `${url}/oauth/token?grant_type=password`,
        basic(person.emailAddress, ACCOUNT.password),
      );
    assert.equal((await signIn()).status, 200);
  });
});
