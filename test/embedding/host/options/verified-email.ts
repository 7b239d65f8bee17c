import {
  GatehouseEvents,
  GatehouseModule,
  GatehouseService,
  type GatehouseEvent,
} from 'nest-gatehouse';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { database, eventually, SECRET, send, start } from '../host-app.js';
import { ACCOUNT } from './set-up.js';

describe('GatehouseModule.forRoot with requireVerifiedEmail', () => {
  it('refuses the password of an unconfirmed user, and asks for the confirmation again', async () => {
    const mailer = { send: () => Promise.resolve() };
    const { app, url } = await start({
      imports: [
        database(),
        GatehouseModule.forRoot({ secret: SECRET, mailer, requireVerifiedEmail: true }),
      ],
    });
    const asked: GatehouseEvent[] = [];
    app.get(GatehouseEvents).on('email.verification_requested', (event) => void asked.push(event));
    const gatehouse = app.get(GatehouseService);
    const person = { emailAddress: 'eve@example.com', firstName: 'Eve', surname: '' };
    const { owner } = await gatehouse.createAccount({
      name: 'Lantern Works',
      country: 'GBR',
      owner: { ...person, password: ACCOUNT.password },
    });
    assert.equal(asked.length, 0);
    const signIn = (password: string) => {
      const basic = Buffer.from(`eve@example.com:${password}`).toString('base64');
      const headers = { authorization: `Basic ${basic}` };
      return send('POST', `${url}/oauth/token?grant_type=password`, headers);
    };
    const wrong = await signIn('not the password');
    const right = await signIn(ACCOUNT.password);
    assert.deepEqual([right.status, right.body], [wrong.status, wrong.body]);
    assert.equal(right.status, 403);
    await eventually(() => assert.equal(asked.length, 1));
    // The host's own code signs in whom it will.
    assert.ok((await gatehouse.createSession(owner.id)).accessToken);

    await gatehouse.requestEmailVerification(owner.id);
    await eventually(() => assert.equal(asked.length, 2));
    await gatehouse.verifyEmail(owner.id);
    assert.equal((await signIn(ACCOUNT.password)).status, 200);
    await gatehouse.requestEmailVerification(owner.id);
    // Listeners are called in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(asked.length, 2);
  });
});
