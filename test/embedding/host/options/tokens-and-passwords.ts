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
