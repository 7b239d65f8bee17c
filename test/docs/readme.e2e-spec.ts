import { beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { textFiles } from '../architecture/source-files.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { expectRefusal } from '../support/expect-refusal.js';
import { request } from '../support/http.js';
import { nodeOfTheProduct } from '../support/node.js';
import { startService, type TestService } from '../support/service.js';
import { describeCurl } from '../support/targets.js';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const section = readme.split(/^## /m).find((each) => each.startsWith('Five minutes with curl'));

/** The blocks of the section in one language, as they stand there. */
function blocks(language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...(section ?? '').matchAll(fence)].map(([, block = '']) => block);
}

const ADDRESS = 'api=http://127.0.0.1:3000\n';
const script = blocks('sh').join('');

/** The search for a letter, once it is there. */
const LETTER = ['200 GET /dev/outbox', '200 GET /dev/outbox/…'];
/** The requests that the commands send, and the statuses of their answers. */
const REQUESTS = [
  '202 POST /api/v1/account',
  ...LETTER,
  '200 POST /api/v1/account/email/verify',
  '200 POST /oauth/token?grant_type=password',
  '200 GET /oauth/me',
  '200 GET /oauth/validate',
  '200 POST /oauth/token',
  '201 POST /api/v1/account/user',
  ...LETTER,
  '200 POST /api/v1/account/invitation/accept',
  '201 POST /api/v1/account/api_key',
  '200 GET /api/v1/account/user',
  '200 GET /api/v1/account/user',
  '200 POST /oauth/token?grant_type=client_credentials',
  '200 POST /oauth/revoke',
  '202 POST /api/v1/account/password_reset',
  ...LETTER,
  '200 POST /api/v1/account/password_reset/confirm',
  '200 POST /oauth/token?grant_type=password',
];
const LETTERS = 3;

describeCurl("the README's five minutes with curl", () => {
  let service: TestService;
  let requests: string[];
  /** What the commands print, without the two answers that only variables hold. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test states the shape it expects
  let printed: any[];
  beforeAll(async () => {
    service = await startService({ env: { NODE_ENV: 'development' } });
    const home = temporaryDirectory('curl');
    // Reports each request on standard error, and ends each answer on standard output with a line break.
    writeFileSync(
      join(home, '.curlrc'),
      String.raw`write-out = "%{stderr}%{http_code} %{method} %{url_effective}\n%{stdout}\n"`,
    );
    const { status, stdout, stderr } = spawnSync(
      'bash',
      // A variable that no command has assigned ends the script.
      ['--norc', '-eu', '-o', 'pipefail', '-c', script.replace(ADDRESS, `api=${service.url}\n`)],
      {
        env: {
          HOME: home,
          PATH: [dirname(nodeOfTheProduct), process.env.PATH].join(delimiter),
        },
        encoding: 'utf8',
      },
    );
    requests = stderr
      .trim()
      .replaceAll(service.url, '')
      .replaceAll(/(?<=\/dev\/outbox\/).*/g, '…')
      .split('\n')
      // A letter that is not there yet is looked for again.
      .filter((each, index, all) => each !== LETTER[0] || all[index + 1] !== each);
    if (status !== 0) throw new Error(`The commands failed (${status}):\n${stderr}`);
    printed = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
  });

  it('sends the requests in order, and each is answered as the text says', () => {
    expect(script.startsWith(ADDRESS)).toBe(true);
    // The commands that look for a letter are one function.
    const commands = REQUESTS.length - (LETTERS - 1) * LETTER.length;
    expect(script.match(/\bcurl -s /g)).toHaveLength(commands);
    expect(requests).toEqual(REQUESTS);
    const [account, verified, tokens, me, validity, user, accepted, key, ...rest] = printed;
    expect(account).toEqual({ account_id: expect.any(String) });
    expect([verified, accepted]).toEqual([{}, {}]);
    const ada = { email_address: 'ada@example.com', is_verified: true };
    expect(me).toMatchObject({ ...ada, account_id: account.account_id });
    expect(validity).toMatchObject({ active: true, scope: tokens.Scope });
    expect(user).toMatchObject({ email_address: 'grace@example.com', role: 'standard' });
    expect(key).toMatchObject({ name: 'Nightly export', api_key: `${key.key}.${key.secret}` });
    const [byOneString, byKeyAndSecret, keyTokens, signedOut, asked, reset, again] = rest;
    const addresses = ['grace@example.com', 'ada@example.com'];
    for (const list of [byOneString, byKeyAndSecret]) {
      expect(list.map((each: { email_address: string }) => each.email_address)).toEqual(addresses);
    }
    expect(keyTokens).toMatchObject({ token_type: 'bearer', Scope: ['read_only'] });
    expect([signedOut, asked, reset]).toEqual([{}, {}, {}]);
    expect(again).toMatchObject({ token_type: 'bearer', Scope: ['owner'] });
    expect(rest).toHaveLength(7);
  });

  it('prints an answer to the sign-in like the one that the text shows', () => {
    const [shown = ''] = blocks('json');
    const members = JSON.parse(shown) as Record<string, unknown>;
    expect(Object.keys(printed[2])).toEqual(Object.keys(members));
    for (const name of ['token_type', 'expires_in', 'Scope']) {
      expect(printed[2][name]).toEqual(members[name]);
    }
  });

  it('ends the first session, and has the lost password work no more', async () => {
    const { access_token: bearer } = printed[2];
    expectRefusal(await request(service, 'GET', '/oauth/me', { bearer }), 401, 40103);
    const [, password = ''] = /-u 'ada@example\.com:([^']*)'/.exec(script) ?? [];
    const basic = ['ada@example.com', password] as const;
    const path = '/oauth/token?grant_type=password';
    expectRefusal(await request(service, 'POST', path, { basic }), 403, 40102);
  });
});

it('has the only curl commands of the documents but three, so that all of them are tested', () => {
  const others = textFiles('docs', /\.md$/).filter(({ text }) => /\bcurl -/.test(text));
  // Tested by leaked-keys.e2e-spec.ts, embedding.e2e-spec.ts and webhooks.e2e-spec.ts.
  const tested = ['api-keys.md', 'embedding.md', 'webhooks.md'];
  expect(others.map(({ name }) => name).toSorted()).toEqual(tested);
});
