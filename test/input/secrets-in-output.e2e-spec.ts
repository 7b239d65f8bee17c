import { beforeAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { newSignUp, signIn, signUp, type Tokens } from '../support/factories.js';
import { basic, rawExchange, request } from '../support/http.js';
import { newKey, newOwner } from '../support/members.js';
import { openLink } from '../support/open-link.js';
import { startService, type TestService } from '../support/service.js';
import { describeEachOnce } from '../support/targets.js';
import { untilOutput } from '../support/until-output.js';

const TOKEN = '/oauth/token';
const SIGN_UP = '/api/v1/account';

describeEachOnce('the output of the service', (target) => {
  let service: TestService;
  const canaries: string[] = [];
  const secrets = {
    GATEHOUSE_SECRET: randomBytes(48).toString('base64url'),
    JWT_SECRET: randomBytes(48).toString('base64url'),
    PASSWORD_PEPPER: randomBytes(48).toString('base64url'),
    OWNER_PASSWORD: canary('owner'),
  };
  beforeAll(async () => {
    const env = { ...secrets, OWNER_EMAIL: 'owner@example.com', LOG_LEVEL: 'debug' };
    service = await startService({ target, env: { SWAGGER_UI: 'true', ...env } });
  });

  /** A unique secret, which every test looks for in the output. */
  function canary(name: string): string {
    const secret = `canary-${name}-${randomBytes(12).toString('hex')}`;
    canaries.push(secret);
    return secret;
  }

  function keepTokens({ access_token, refresh_token }: Tokens): void {
    canaries.push(access_token, refresh_token, ...access_token.split('.').slice(1));
  }

  async function expectNoSecrets(): Promise<void> {
    const id = randomBytes(8).toString('hex');
    await request(service, 'GET', '/health', { headers: { 'X-Request-Id': id } });
    await untilOutput(service, id);
    const output = service.output();
    expect(canaries.filter((secret) => output.includes(secret))).toEqual([]);
    expect(output).not.toMatch(/\$2b\$|bcrypt-hmac|Bearer |Basic [A-Za-z0-9+/]{8}/);
    const rows: unknown[] = [];
    for (const table of ['audit_records', 'audit_counts']) {
      rows.push(...(await service.database.query(`SELECT * FROM ${table}`)));
    }
    expect(rows.length).toBeGreaterThan(0);
    const trail = JSON.stringify(rows);
    expect(canaries.filter((secret) => trail.includes(secret))).toEqual([]);
  }

  it('holds no secret after successes (S-146)', async () => {
    const user = await signUp(service, { password: canary('sign-up') });
    canaries.push(basic(user.email, user.password).slice('Basic '.length));
    const tokens = await signIn(service, user);
    keepTokens(tokens);
    const refreshed = await request(service, 'POST', `${TOKEN}?grant_type=refresh_token`, {
      json: { refresh_token: tokens.refresh_token },
    });
    expect(refreshed.status).toBe(200);
    keepTokens(refreshed.body as Tokens);
    const { access_token: bearer, refresh_token } = refreshed.body as Tokens;
    await request(service, 'GET', '/oauth/me', { bearer });
    await request(service, 'GET', '/oauth/validate', { bearer });
    const json = { refresh_token };
    expect((await request(service, 'POST', '/oauth/revoke', { bearer, json })).status).toBe(200);
    await expectNoSecrets();
  });

  it('holds no secret after refused sign-ups (S-146)', async () => {
    const password = canary('refused');
    for (const json of [
      { ...newSignUp(), password, country: 'x' },
      { ...newSignUp(), password: `${password}\n` },
      { ...newSignUp(), password: [password] },
      { ...newSignUp(), password: { password } },
      { ...newSignUp(), password: password.repeat(40) },
      { ...newSignUp(), [password]: 1 },
      { ...newSignUp(), password, email_address: 'owner@example.com' },
    ]) {
      await request(service, 'POST', SIGN_UP, { json });
    }
    await expectNoSecrets();
  });

  it('holds no secret after refused grants (S-146)', async () => {
    const username = 'owner@example.com';
    const password = canary('wrong');
    const grant = { grant_type: 'password', username, password };
    await request(service, 'POST', TOKEN, { json: grant });
    await request(service, 'POST', TOKEN, { form: grant });
    await request(service, 'POST', TOKEN, { json: { ...grant, scope: 'nothing' } });
    await request(service, 'POST', TOKEN, { json: { ...grant, extra: 1 } });
    const header = basic(username, password);
    canaries.push(header.slice('Basic '.length));
    const headers = { authorization: header };
    for (const path of [TOKEN, `${TOKEN}?grant_type=password`, '/oauth/me', '/nowhere']) {
      await request(service, 'POST', path, { headers });
      await request(service, 'GET', path, { headers });
    }
    const refresh_token = canary('refresh').padEnd(128, 'x');
    for (const path of [`${TOKEN}?grant_type=refresh_token`, '/oauth/revoke']) {
      await request(service, 'POST', path, { json: { refresh_token }, headers });
    }
    await expectNoSecrets();
  });

  it('holds no secret after malformed bodies (S-146)', async () => {
    const secret = canary('body');
    const bodies = [
      `{"password":"${secret}"`,
      `{"password":"${secret}",}`,
      secret,
      `{"password":"${secret}","password":"${secret}"}`,
      `{"__proto__":"${secret}"}`,
      `password=${secret}`,
      `password=${secret}%zz`,
      '['.repeat(30) + `"${secret}"`,
    ];
    for (const body of bodies) {
      for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
        const headers = { 'content-type': type };
        await request(service, 'POST', TOKEN, { body, headers });
        await request(service, 'POST', SIGN_UP, { body, headers });
      }
    }
    await expectNoSecrets();
  });

  it('holds no secret after secrets in queries (S-43, S-146)', async () => {
    const secret = canary('query');
    const queries = [
      `password=${secret}`,
      `access_token=${secret}`,
      `refresh_token=${secret}`,
      `x=${secret}`,
      secret,
      `a=%zz${secret}`,
    ];
    for (const query of queries) {
      await request(service, 'GET', `/oauth/me?${query}`);
      await request(service, 'POST', `${TOKEN}?grant_type=password&${query}`);
      await request(service, 'PURGE', `/nowhere?${query}`);
    }
    await expectNoSecrets();
  });

  it('holds no secret after secrets in paths (S-210)', async () => {
    const owner = await newOwner(service);
    const { id, key, secret } = await newKey(service, owner);
    const apiKey = `${key}.${secret}`;
    const { access_token, refresh_token } = owner.tokens;
    const password = canary('path');
    canaries.push(secret, secret.slice(5, 40), key, access_token, refresh_token, password);
    const presented = [apiKey, `${key}:${secret}`, access_token, refresh_token, password].flatMap(
      (each) => [each, encodeURIComponent(each), each.replace('_', '%255f'), `x;token=${each}`],
    );
    for (const each of presented) {
      for (const path of [
        `/${each}`,
        `/oauth/me/${each}`,
        `/oauth/token;${each}`,
        `/api/v1/account/user/${each}`,
        `/api/v1/account/api_key/${id};${each}/rotate`,
        `/docs/${each}`,
        `/${each}/%zz`,
        `/%ff${each}`,
      ]) {
        await request(service, 'GET', path, { bearer: owner.bearer });
      }
      await request(service, 'DELETE', `/api/v1/account/user/${each}`, { bearer: owner.bearer });
      await request(service, 'POST', `/${each}`, { json: {} });
      await request(service, 'PURGE', `/${each}`);
    }
    for (const sent of [
      `http://ada:${password}@host/oauth/me`,
      `http://host/${apiKey}`,
      `ada:${password}@host`,
      `/oauth/me#${apiKey}`,
      `/\\${apiKey}`,
      apiKey,
    ]) {
      const bytes = `GET ${sent} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      await rawExchange(service, Buffer.from(bytes), { untilClosed: true, timeoutMs: 5_000 });
    }
    await expectNoSecrets();
    await request(service, 'GET', `/api/v1/account/api_key/${id}`, { bearer: owner.bearer });
    await untilOutput(service, `GET /api/v1/account/api_key/${id} 200`);
  });

  it('holds no token of a one-time link after links of every kind (S-43, S-107)', async () => {
    const owner = await newOwner(service);
    const open = await openLink(service.database, 'reset', owner);
    const used = await openLink(service.database, 'verification', owner);
    const foreign = canary('link').padEnd(64, 'x');
    const password = canary('by-link');
    canaries.push(open, used);
    for (const token of [open, used, foreign]) {
      const form = { token, password, password_again: password };
      for (const path of [
        '/link/reset',
        '/link/verification',
        '/link/unknown',
        `/link/${token}`,
        `/link/reset/${token}`,
        `/link/reset;${token}`,
        `/link/reset/${token}/%zz`,
        '//link/reset',
      ]) {
        const query = `?token=${token}`;
        for (const each of [query, `?x=y&token=${token}&token=${token}`, `?${token}`, '']) {
          await request(service, 'GET', `${path}${each}`);
        }
        await request(service, 'PUT', `${path}${query}`, { form });
        await request(service, 'PURGE', `${path}${query}`);
        await request(service, 'POST', path, { json: form });
        await request(service, 'POST', path, { form: { ...form, password: 'short' } });
        await request(service, 'POST', path, { form });
        await request(service, 'POST', `${path}?token=${token}`, { form });
      }
      const bytes = `GET http://host/link/reset?token=${token} HTTP/1.1\r\nHost: x\r\nX: \u0000\r\n\r\n`;
      await rawExchange(service, Buffer.from(bytes), { untilClosed: true, timeoutMs: 5_000 });
    }
    await expectNoSecrets();
    const rows = await service.database.query('SELECT * FROM event_deliveries');
    expect(canaries.filter((secret) => JSON.stringify(rows).includes(secret))).toEqual([]);
  });

  it('holds no secret after bad bearers (S-146)', async () => {
    const { access_token, refresh_token } = await signIn(service, await signUp(service));
    canaries.push(access_token, refresh_token);
    const altered = `${access_token.slice(0, -6)}AAAAAA`;
    canaries.push(altered);
    for (const bearer of [altered, refresh_token, canary('bearer'), `${canary('key')}.secret`]) {
      await request(service, 'GET', '/oauth/me', { bearer });
      await request(service, 'GET', `/nowhere`, { bearer });
      await request(service, 'POST', TOKEN, { bearer });
    }
    await expectNoSecrets();
  });

  it('holds no secret of the configuration (S-146)', async () => {
    canaries.push(...Object.values(secrets));
    await service.restart();
    await expectNoSecrets();
  });
});
