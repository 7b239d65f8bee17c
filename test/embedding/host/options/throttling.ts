import { GatehouseModule, GatehouseService, PasswordHasher } from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { database, SECRET, send, start } from '../host-app.js';
import { ACCOUNT, basic } from './set-up.js';

const GRANT = 'oauth/token?grant_type=password';
const THROTTLING = {
  failuresPerAccount: 2,
  failuresPerNetwork: 4,
  signUpsPerNetwork: 1,
  newUsersPerCaller: 1,
  newApiKeysPerCaller: 1,
};

/** Counts the passwords that it checks. */
class Counting extends PasswordHasher {
  checks = 0;

  hash(password: string): Promise<string> {
    return Promise.resolve(password);
  }

  verify(password: string, stored: string | null) {
    this.checks++;
    return Promise.resolve({ isCorrect: stored === password, isOutdated: false });
  }
}

async function limited() {
  const hasher = new Counting();
  const options = { secret: SECRET, password: { hasher }, throttling: THROTTLING };
  const host = await start({ imports: [database(), GatehouseModule.forRoot(options)] });
  return { ...host, hasher };
}

describe('GatehouseModule.forRoot', () => {
  it("limits guesses by the host's options, and asks its hasher for none behind a limit (S-24, S-25, S-30)", async () => {
    const { url, hasher } = await limited();
    const attempt = async (email: string, password: string) => {
      const { status, headers, body } = await send(
        'POST',
        `${url}/${GRANT}`,
        basic(email, password),
      );
      return [status, body.code, headers.has('retry-after')];
    };
    assert.equal((await send('POST', `${url}/api/v1/account`, {}, ACCOUNT)).status, 202);
    const late = await send('POST', `${url}/api/v1/account`, {}, ACCOUNT);
    assert.deepEqual([late.status, late.body.code], [429, 42901]);

    const { email_address: email, password } = ACCOUNT;
    const [wrong, tooMany] = [
      [403, 40102, false],
      [429, 42901, true],
    ];
    assert.deepEqual(await attempt(email, 'wrong'), wrong);
    assert.deepEqual(await attempt(email, 'wrong'), wrong);
    assert.deepEqual(await attempt(email, password), tooMany);
    assert.deepEqual(await attempt('grace@example.com', 'wrong'), wrong);
    assert.deepEqual(await attempt('alan@example.com', 'wrong'), wrong);
    assert.deepEqual(await attempt('barbara@example.com', 'wrong'), tooMany);
    assert.equal(hasher.checks, 4);
  });

  it("limits a caller, and not the host's own code (S-33)", async () => {
    const { app, url } = await limited();
    const gatehouse = app.get(GatehouseService);
    const names = { firstName: 'Grace', surname: 'Hopper', role: 'read_only' };
    for (const account of ['one', 'two']) {
      const owner = { emailAddress: `${account}@example.com`, firstName: 'Ada', surname: 'King' };
      const { account: opened } = await gatehouse.createAccount({
        name: account,
        country: 'GBR',
        owner,
      });
      for (const user of ['first', 'second', 'third', 'fourth']) {
        const emailAddress = `${user}@${account}.example.com`;
        await gatehouse.createUser(opened.id, { emailAddress, ...names });
        await gatehouse.createApiKey(opened.id, { name: user, role: 'read_only' });
      }
    }
    const { headers } = await gatehouseTesting(app).as();
    const addUser = (email_address: string) =>
      send('POST', `${url}/api/v1/account/user`, headers, {
        email_address,
        first_name: 'Grace',
        surname: 'Hopper',
        role: 'read_only',
      });
    assert.equal((await addUser('fifth@example.com')).status, 201);
    assert.equal((await addUser('sixth@example.com')).status, 429);
  });
});
