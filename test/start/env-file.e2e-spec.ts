// A production service whose settings come from `.env` and from files of secrets (S-206).
import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { createService, type Environment, type TestService } from '../support/service.js';
import { describeEachOnce } from '../support/targets.js';
import { https, me } from '../transport/proxied-sessions.js';

const BYTE_ORDER_MARK = '\uFEFF';
const password = 'three grey geese #7 in a field';

function inFile(name: string, content: string): string {
  const file = join(temporaryDirectory('secret'), name);
  writeFileSync(file, content);
  return file;
}

/** The folder in which the service runs. */
const folderOf = (service: TestService) => dirname(service.outputFile);

describeEachOnce('a service with a byte order mark and CRLF in .env', (target) => {
  let service: TestService;
  beforeAll(async () => {
    const secret = randomBytes(48).toString('base64url');
    const env: Environment = { NODE_ENV: undefined, GATEHOUSE_SECRET: undefined, SWAGGER_UI: '' };
    service = await createService({ target, env });
    const lines = [
      `${BYTE_ORDER_MARK}NODE_ENV=production`,
      'export ALLOW_SQLITE_IN_PRODUCTION=true # one process',
      `GATEHOUSE_SECRET_FILE='${inFile('gatehouse', `${secret}\r\n`)}'`,
      'TRUST_PROXY = 127.0.0.1',
      'SWAGGER_UI=true',
      'SIGN_UP=off',
      'PUBLIC_URL=https://example.com/auth/',
      'REFRESH_TOKEN_ROTATON=on',
      'OWNER_EMAIL=ada@example.com',
      `OWNER_PASSWORD_FILE="${inFile('owner', `${password}\n`)}"`,
      'SECRET_OF_ANOTHER_PROGRAM=${HOME}',
    ];
    writeFileSync(join(folderOf(service), '.env'), lines.join('\r\n'));
    await service.start();
  });

  const signIn = () =>
    request(service, 'POST', '/oauth/token?grant_type=password', {
      basic: ['ada@example.com', password],
      headers: https,
    });

  it('runs in production, as its first line says (S-206)', async () => {
    expectRefusal(await request(service, 'GET', '/oauth/me'), 403, 40301);
  });

  it('warns of the name that it does not read, in one line (S-206)', () => {
    const line = 'REFRESH_TOKEN_ROTATON is not read: is REFRESH_TOKEN_ROTATION meant?';
    expect(service.output().split(line)).toHaveLength(2);
    expect(service.output().match(/is not (read|used)/g)).toHaveLength(1);
  });

  it('takes secrets from files, and shows none (S-154, S-206)', async () => {
    const { status, body } = await signIn();
    expect(status).toBe(200);
    expect((await me(service, body.access_token)).status).toBe(200);
    expect(service.output()).not.toContain(password);
  });

  it('has no route for sign-up with SIGN_UP=off: 40501, and none in its documentation', async () => {
    const refused = await request(service, 'POST', '/api/v1/account', {
      json: newSignUp(),
      headers: https,
    });
    expectRefusal(refused, 405, 40501);
    expect(refused.headers.get('allow')).not.toContain('POST');
    const { body } = await request(service, 'GET', '/docs-json', { headers: https });
    expect(Object.keys(body.paths['/api/v1/account'])).toEqual(expect.arrayContaining(['get']));
    expect(body.paths['/api/v1/account'].post).toBeUndefined();
    expect(JSON.stringify(body.info)).not.toContain('POST /api/v1/account`');
  });

  it('puts the path of PUBLIC_URL before every address that it gives (S-111, S-206)', async () => {
    const { body } = await request(service, 'GET', '/docs-json', { headers: https });
    expect(body.servers).toEqual([expect.objectContaining({ url: 'https://example.com/auth' })]);
    const { password: flow, clientCredentials } = body.components.securitySchemes.oauth2.flows;
    for (const url of [flow.tokenUrl, flow.refreshUrl, clientCredentials.tokenUrl]) {
      expect(url).toBe('https://example.com/auth/oauth/token');
    }
    const bearer = (await signIn()).body.access_token;
    for (const name of ['One', 'Two']) {
      const json = { name, role: 'read_only' };
      await request(service, 'POST', '/api/v1/account/api_key', { json, bearer, headers: https });
    }
    const list = await request(service, 'GET', '/api/v1/account/api_key?limit=1', {
      bearer,
      headers: https,
    });
    expect(list.headers.get('link')).toMatch(
      /^<https:\/\/example\.com\/auth\/api\/v1\/account\/api_key\?/,
    );
  });

  it('says at the next start that OWNER_PASSWORD is not used, and changes no password (S-16)', async () => {
    await service.restart();
    expect(service.output().match(/OWNER_PASSWORD is not used/g)).toHaveLength(1);
    expect((await signIn()).status).toBe(200);
    await service.stop();
  });
});

describe('an .env that cannot be read as it was meant', () => {
  const refusedStart = async (prepare: (file: string) => void): Promise<string> => {
    const service = await createService();
    prepare(join(folderOf(service), '.env'));
    await service.start(true);
    expect(service.exitCode).toBe(1);
    expect(service.output().match(/\n/g)).toHaveLength(1);
    return service.output();
  };

  // src/server/config/settings-table.spec.ts has the other faults.
  it('stops the start with one line that names it, and its line (S-206)', async () => {
    const content = 'PORT=0\nNODE_ENV production\n';
    const output = await refusedStart((file) => writeFileSync(file, content));
    expect(output).toMatch(/^Gatehouse cannot start: \.env line 2 is not NAME=value/);
  });

  it('stops the start with one line when it is a folder (S-206)', async () => {
    const output = await refusedStart((file) => mkdirSync(file));
    expect(output).toMatch(/^Gatehouse cannot start: \.env is a folder/);
  });
});
