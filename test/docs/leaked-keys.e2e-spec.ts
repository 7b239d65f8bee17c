// The commands of docs/api-keys.md about leaked keys.
import { beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { newKey as newPublicHalf, newSecret } from '../../src/api-keys/api-key-format.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { request } from '../support/http.js';
import { newKey, newOwner } from '../support/members.js';
import { sharedService } from '../support/shared-service.js';
import { describeCurl, describeGitSecrets } from '../support/targets.js';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/api-keys.md'), 'utf8');
const section = page.split(/^## /m).find((each) => each.startsWith('A leaked key')) ?? '';
const [report = '', scanning = ''] = [...section.matchAll(/^```sh.*\n([^]*?)^```$/gm)].map(
  ([, block = '']) => block,
);
const expression = /^```\n(.+)\n```$/m.exec(section)?.[1] ?? '';

function run(cwd: string, command: string, more: object = {}) {
  const env = {
    PATH: process.env.PATH,
    HOME: temporaryDirectory('home'),
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.com',
    ...more,
  };
  const script = ['--norc', '-eu', '-o', 'pipefail', '-c', command];
  const { status, stdout, stderr } = spawnSync('bash', script, { cwd, env, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

describeCurl('the report of a leaked key in docs/api-keys.md', () => {
  it('ends the key (S-215)', async () => {
    const service = await sharedService();
    const { apiKey } = await newKey(service, await newOwner(service));
    const command = report
      .replace('https://auth.example.com', service.url)
      .replace('gthk_….gths_…', apiKey);
    expect(run(root, command.replace('curl', 'curl --silent --show-error'))).toEqual({
      status: 0,
      output: '{}',
    });
    expect((await request(service, 'GET', '/oauth/me', { bearer: apiKey })).status).toBe(401);
  });
});

describeGitSecrets('the expression for secret scanners in docs/api-keys.md', () => {
  let repository: string;
  beforeAll(() => {
    repository = temporaryDirectory('scanned');
    mkdirSync(join(repository, 'src'));
    const { status, output } = run(repository, `git init --quiet\n${scanning}`);
    if (status !== 0) throw new Error(output);
  });

  const commit = (text: string) => {
    writeFileSync(join(repository, 'src/config.ts'), text);
    return run(repository, 'git add --all && git commit --quiet --allow-empty -m change');
  };

  it('is the one that the commands add', () => {
    expect(scanning).toContain(`'${expression}'`);
  });

  it('stops a commit with a key or a secret, in any surroundings (S-80, S-215)', () => {
    const secret = newSecret();
    const apiKey = `${newPublicHalf()}.${secret}`;
    const basic = (user: string) => `curl -u ${user} https://auth.example.com`;
    for (const text of [
      apiKey,
      secret,
      `const apiKey = "${apiKey}";`,
      `{"secret":"${secret}"}`,
      `API_KEY=${apiKey} npm start`,
      `https://auth.example.com/?key=${apiKey}&x=1`,
      basic(`${apiKey}:`),
    ]) {
      const { status, output } = commit(`// configuration\n${text}\n`);
      expect(status).toBe(1);
      expect(output).toContain('src/config.ts:2:');
    }
  });

  it('lets everything else pass: the public half, tokens, digests, ids (S-80)', () => {
    const key = newPublicHalf();
    const texts = [
      key,
      `${key}.`,
      `${key}.gths_`,
      newSecret().slice(0, -1),
      newSecret().toUpperCase(),
      newSecret().replace('gths_', 'ghs_'),
      randomBytes(300).toString('base64url'),
      randomBytes(72).toString('hex'),
      createHash('sha512').update(key).digest('hex'),
      randomUUID(),
      page,
    ];
    expect(commit(texts.join('\n'))).toEqual({ status: 0, output: '' });
  });

  it('finds nothing in the files of Gatehouse itself', () => {
    const pattern = {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'secrets.patterns',
      GIT_CONFIG_VALUE_0: expression,
    };
    expect(run(root, 'git secrets --scan', pattern)).toEqual({ status: 0, output: '' });
  });
});
