import { Injectable, type INestApplication, type NestInterceptor } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { map, type Observable } from 'rxjs';
import type { DataSource } from 'typeorm';
import { GatehouseService } from '../../../src/gatehouse.service.js';
import { OneTimeLinks } from '../../../src/links/one-time-links.js';
import { prepared, startHost, type Adapter, type Host, type HostParts } from './host.js';

const EMAIL = 'ada@example.com';
const PASSWORD = 'three grey geese in a green field';

/** As many hosts put every answer into an envelope. */
@Injectable()
class Envelope implements NestInterceptor {
  intercept(_: unknown, handler: { handle(): Observable<unknown> }): Observable<unknown> {
    return handler.handle().pipe(map((data) => ({ data })));
  }
}

describe.each(['fastify', 'express'] as const)(
  'pages of one-time links in a host on %s',
  (adapter) => {
    let file: string;
    let owner: { id: string; accountId: string };
    let host: Host | undefined;
    beforeAll(async () => {
      file = await prepared(async ({ app }) => {
        const { account, owner: user } = await app.get(GatehouseService).createAccount({
          name: 'Lovelace Analytics',
          country: 'GBR',
          owner: { emailAddress: EMAIL, firstName: 'Ada', surname: 'Lovelace', password: PASSWORD },
        });
        owner = { id: user.id, accountId: account.id };
      });
    });
    afterEach(async () => {
      await host?.app.close();
      host = undefined;
    });

    const open = async (on: Adapter, parts: HostParts = {}) =>
      (host = await startHost(on, { file, ...parts }));

    it('are pages, whatever the host does to answers, under the prefix of our routes', async () => {
      const { app, url } = await open(adapter, {
        providers: [{ provide: APP_INTERCEPTOR, useClass: Envelope }],
        gatehouse: { routePrefix: 'auth' },
        prepare: (application) => application.setGlobalPrefix('shop'),
      });
      const { path, token } = await resetLink(app);
      expect(path).toBe(`/auth/link/reset?token=${token}`);
      const shown = await fetch(`${url}${path}`);
      expect(await pageOf(shown)).toMatch(/^200 <!doctype html>[^]*Lovelace Analytics/);
      expect(shown.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src/,
      );
      expect(shown.headers.get('referrer-policy')).toBe('no-referrer');
      expect(shown.headers.get('cache-control')).toBe('no-store');

      const refused = await send(url, { token, password: 'short', password_again: 'short' });
      expect(await pageOf(refused)).toMatch(/^400 <!doctype html>[^]*at least 15 characters/);
      expect(refused.headers.get('x-frame-options')).toBe('DENY');
      const password = 'four white swans on a grey lake';
      const done = await send(url, { token, password, password_again: password });
      expect(await pageOf(done)).toMatch(/^200 <!doctype html>[^]*Your password is changed/);
      const again = await send(url, { token, password, password_again: password });
      expect(await pageOf(again)).toMatch(/^400 <!doctype html>[^]*Link is invalid or has expired/);
    });

    it('take no JSON, and no plain HTTP where that is not allowed (S-131, 40301)', async () => {
      const { app, url } = await open(adapter, { gatehouse: { routePrefix: 'auth' } });
      const { token } = await resetLink(app);
      const body = JSON.stringify({ token, password: PASSWORD, password_again: PASSWORD });
      const headers = { 'content-type': 'application/json' };
      const json = await fetch(`${url}/auth/link/reset`, { method: 'POST', headers, body });
      expect(await pageOf(json)).toMatch(/^415 <!doctype html>[^]*Content type is not supported/);
      const forwarded = { 'x-forwarded-for': '203.0.113.9' };
      const plain = await fetch(`${url}/auth/link/reset?token=${token}`, { headers: forwarded });
      expect(await pageOf(plain)).toMatch(/^403 <!doctype html>[^]*HTTPS is required/);
    });

    it('can be switched off, or replaced by pages of the host', async () => {
      const links = { reset: 'https://app.example.com/#/reset' };
      const { app, url } = await open(adapter, {
        gatehouse: { routes: { links: false }, links },
      });
      const { path, token } = await resetLink(app);
      expect(path).toBe(`https://app.example.com/#/reset?token=${token}`);
      expect((await fetch(`${url}/link/reset?token=${token}`)).status).toBe(404);
    });

    it('say that nobody reads the form, and not that the link has expired, where no parser does (50001)', async () => {
      const { app, url } = await open(adapter, {
        gatehouse: { routePrefix: 'auth' },
        bodyParser: false,
        prepare: (application) => void (adapter === 'express' && application.use(express.json())),
      });
      const { path, token } = await resetLink(app);
      const sent = await send(url, { token, password: PASSWORD, password_again: PASSWORD });
      // Fastify refuses by itself what it has no parser for.
      expect(sent.status).toBe(adapter === 'express' ? 500 : 415);
      expect((await fetch(url + path)).status).toBe(200);
    });

    async function resetLink(app: INestApplication) {
      const links = app.get(OneTimeLinks, { strict: false });
      const link = links.prepare({
        purpose: 'reset',
        accountId: owner.accountId,
        userId: owner.id,
        address: EMAIL,
        role: 'owner',
        createdBy: 'system',
        createdByType: 'system',
      });
      await links.add(link, app.get<DataSource>(getDataSourceToken()).manager);
      const token = links.tokenOf(link) ?? '';
      return { path: links.urlOf(link, token), token };
    }

    const send = (url: string, form: Record<string, string>) =>
      fetch(`${url}/auth/link/reset`, { method: 'POST', body: new URLSearchParams(form) });
  },
);

async function pageOf(answer: Response): Promise<string> {
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  return `${answer.status} ${await answer.text()}`;
}
