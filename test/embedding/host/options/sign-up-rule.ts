import { GatehouseModule, GatehouseService, type SignUpCandidate } from 'nest-gatehouse';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { database, SECRET, send, start } from '../host-app.js';
import { ACCOUNT } from './set-up.js';

describe('GatehouseModule with signUp.allow', () => {
  it('takes sign-ups of the domain that the host allows, and refuses others with 40304', async () => {
    const waiting: SignUpCandidate[] = [];
    const allow = (candidate: SignUpCandidate): boolean => {
      if (candidate.emailAddress.endsWith('@example.com')) return true;
      waiting.push(candidate);
      return false;
    };
    const { app, url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET, signUp: { allow } })],
    });
    const signUp = (email_address: string) =>
      send('POST', `${url}/api/v1/account`, {}, { ...ACCOUNT, email_address });
    assert.equal((await signUp('Ada@Example.COM')).status, 202);
    const refused = await signUp('eve@elsewhere.example');
    assert.deepEqual(
      [refused.status, refused.body],
      [403, { code: 40304, message: 'Account cannot be opened' }],
    );
    assert.deepEqual(
      waiting.map(({ emailAddress, accountName }) => [emailAddress, accountName]),
      [['eve@elsewhere.example', ACCOUNT.account_name]],
    );

    // The host approves it later, from its own code.
    await app.get(GatehouseService).createAccount({
      name: ACCOUNT.account_name,
      country: ACCOUNT.country,
      owner: { emailAddress: 'eve@elsewhere.example', firstName: 'Eve', surname: '' },
    });
  });

  it('refuses with 50001 when the rule fails, whatever status its error has', async () => {
    const allow = () => Promise.reject(Object.assign(new Error('no answer'), { status: 404 }));
    const { url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET, signUp: { allow } })],
    });
    const failed = await send('POST', `${url}/api/v1/account`, {}, ACCOUNT);
    assert.deepEqual([failed.status, failed.body.code], [500, 50001]);
  });
});
