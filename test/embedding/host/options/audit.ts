import { Logger } from '@nestjs/common';
import { GatehouseModule } from 'nest-gatehouse';
import { gatehouseTesting } from 'nest-gatehouse/testing';
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { database, SECRET, send, start } from '../host-app.js';
import { ACCOUNT, basic, Orders, SCOPES } from './set-up.js';

after(() => Logger.overrideLogger(false));

/** Starts a host whose log the test reads. */
async function logged() {
  const lines: string[] = [];
  const write = (message: unknown, context: unknown) => {
    // The start of the application is written while it serves already.
    const isOfRequest = !String(message).startsWith('service.started');
    if (context === 'Audit' && isOfRequest) lines.push(String(message));
  };
  const ignore = () => undefined;
  const host = await start(
    {
      imports: [database(), GatehouseModule.forRoot({ secret: SECRET, scopes: SCOPES })],
      controllers: [Orders],
    },
    (app) => {
      app.useLogger({ log: write, error: ignore, warn: ignore });
      app.use((request: { id?: string }, _: object, next: () => void) => {
        request.id = `host-${lines.length}`;
        next();
      });
    },
  );
  return { ...host, lines };
}

describe('GatehouseModule.forRoot', () => {
  it("writes refusals of the host's own routes and of ours into the audit log, once, with the host's request id (S-147, S-148)", async () => {
    const { app, url, lines } = await logged();
    const { headers } = await gatehouseTesting(app).as({ role: 'send_only' });
    lines.length = 0;
    assert.equal((await send('GET', `${url}/orders`, headers)).status, 403);
    assert.equal((await send('GET', `${url}/api/v1/account/user`, headers)).status, 403);
    const wrong = { authorization: 'Bearer x.y' };
    assert.equal((await send('GET', `${url}/orders`, wrong)).status, 401);
    assert.deepEqual(
      lines.map((line) => /^([\w.]+) outcome="failure" .*requestId="([^"]*)"/.exec(line)?.slice(1)),
      [
        ['access.denied', 'host-0'],
        ['access.denied', 'host-1'],
        ['api_key.refused', 'host-2'],
      ],
    );
    assert.match(lines[0] ?? '', /actorType="user" .*reason="needs orders:read"/);
  });

  it('forbids caches to keep its answers, but for the public keys (S-63, S-171, contract §4)', async () => {
    const { app, url } = await logged();
    const { headers } = await gatehouseTesting(app).as();
    const kept = async (method: string, path: string, sent = {}, body?: object) =>
      (await send(method, `${url}${path}`, sent, body)).headers.get('cache-control');
    assert.equal((await send('POST', `${url}/api/v1/account`, {}, ACCOUNT)).status, 202);
    const pair = basic(ACCOUNT.email_address, ACCOUNT.password);
    const key = { name: 'Ship', role: 'read_only' };
    assert.deepEqual(
      [
        await kept('POST', '/oauth/token?grant_type=password', pair, {}),
        await kept('POST', '/oauth/token?grant_type=magic', pair, {}),
        await kept('GET', '/oauth/me', headers),
        await kept('POST', '/api/v1/account/api_key', headers, key),
        await kept('GET', '/api/v1/account/user/nobody', headers),
        await kept('GET', '/.well-known/jwks.json'),
        await kept('GET', '/orders/open'),
      ],
      ['no-store', 'no-store', 'no-store', 'no-store', 'no-store', 'public, max-age=300', null],
    );
  });
});
