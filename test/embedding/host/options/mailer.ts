import { GatehouseModule, type Mail } from 'nest-gatehouse';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { database, eventually, SECRET, send, start } from '../host-app.js';
import { ACCOUNT } from './set-up.js';

describe('GatehouseModule.forRoot', () => {
  it('sends mail to an address that is in use when a sign-up repeats it, until the mailer takes it', async () => {
    const mails: Mail[] = [];
    const mailer = {
      send: (mail: Mail) => {
        // The sign-up itself sends a letter too.
        if (mail.kind !== 'address_in_use') return Promise.resolve();
        mails.push(mail);
        return mails.length > 1 ? Promise.resolve() : Promise.reject(new Error('away'));
      },
    };
    const { url } = await start({
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET, mailer })],
    });
    for (let times = 0; times < 2; times++) {
      assert.equal((await send('POST', `${url}/api/v1/account`, {}, ACCOUNT)).status, 202);
    }
    await eventually(() =>
      assert.deepEqual(
        mails.map(({ kind, to }) => [kind, to]),
        [
          ['address_in_use', ACCOUNT.email_address],
          ['address_in_use', ACCOUNT.email_address],
        ],
      ),
    );
    const [first, second] = mails;
    assert.equal(first?.messageId, second?.messageId);
    assert.match(String(first?.messageId), /^<[0-9a-f]{40}@localhost>$/);
  });
});
