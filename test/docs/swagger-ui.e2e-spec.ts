import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.js';
import { deleteAccountOf, signIn, signUp, type TestUser } from '../support/factories.js';
import { request, type Reachable } from '../support/http.js';
import { PATIENCE_MS } from '../support/patience.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeBrowser } from '../support/targets.js';

const DESKTOP = { width: 1280, height: 720 };
const PHONE = { width: 390, height: 844 };
/** The user of the examples. */
const ADA = { email: 'ada@example.com', password: 'three grey geese in a green field' };

/** Runs in the page: a browser without a graphics processor computes each picture of an animation. */
const WITHOUT_ANIMATIONS = `
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { animation: none !important; transition: none !important }');
  document.adoptedStyleSheets = [sheet];`;

describeBrowser('Swagger UI at /docs', (executablePath) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(executablePath);
  });

  describe('in a browser', () => {
    let service: SharedService;
    let user: TestUser;
    let page: Page;
    let complaints: string[];
    let foreign: string[];
    beforeAll(async () => {
      service = await sharedService();
      user = await signUp(service);
      page = await (await browser.newContext({ viewport: DESKTOP })).newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      await page.addInitScript(WITHOUT_ANIMATIONS);
      complaints = [];
      foreign = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (asked) => {
        const isOwn = asked.url().startsWith(service.url) || /^(data|blob):/.test(asked.url());
        if (!isOwn) foreign.push(asked.url());
      });
      // Leads to /docs.
      await page.goto(service.url);
      await page.locator('.opblock').first().waitFor();
    });
    // Loading the page takes long, so all tests share it.
    afterEach(async () => {
      await page.setViewportSize(DESKTOP);
      if ((await page.locator('.btn.authorize.locked').count()) > 0) await logOut();
    });
    // The files of a worker share the service, and others may sign the same user up.
    afterAll(() => deleteAccountOf(service, ADA.email, ADA.password));

    it('signs in with a password, is still signed in after a reload, calls GET /oauth/me, and is refused once it has signed out', async () => {
      await authorize(user);
      // Before an operation is open, because each takes long to open.
      await page.reload();
      const me = await call('me');
      expect([me.status, me.body.email_address]).toEqual([200, user.email]);
      expectQuiet();

      await logOut();
      const refused = await call('me');
      expect([refused.status, refused.body.code]).toEqual([401, 40101]);
      // The browser itself logs the refusal.
      expect(complaints.splice(0)).toHaveLength(1);
    });

    it('accepts an access token under bearer', async () => {
      const { access_token } = await signIn(service, user);
      await page.locator('.btn.authorize').click();
      const dialog = page.locator('.auth-container', { hasText: 'http, Bearer' });
      await dialog.locator('input').fill(access_token);
      await dialog.getByRole('button', { name: 'Apply credentials' }).click();
      await closeDialog();
      const me = await call('me');
      expect([me.status, me.body.email_address]).toEqual([200, user.email]);
      expectQuiet();
    });

    it('is where / leads', async () => {
      const { status, headers } = await request(service, 'GET', '/');
      expect([status, headers.get('location')]).toEqual([302, 'docs']);
      expect(page.url()).toMatch(/\/docs(#.*)?$/);
    });

    it('is made of the same files behind Express, with the same policies for the browser', async () => {
      const express = await sharedService({ database: 'sqlite', adapter: 'express' });
      const { text } = await request(service, 'GET', '/docs');
      const parts = [...text.matchAll(/ (?:src|href)="\.(\/docs\/[^"]+)"/g)].map(
        ([, path = '']) => path,
      );
      expect(parts.length).toBeGreaterThanOrEqual(5);
      for (const path of ['/docs', ...parts]) {
        const seen = await asSeen(service, path);
        expect(seen.status).toBe(200);
        expect([path, await asSeen(express, path)]).toEqual([path, seen]);
      }
    });

    it.each([
      ['desktop', DESKTOP],
      ['phone', PHONE],
    ])(
      'shows Authorize on the first screen of a %s, and nothing wider than it',
      async (_, size) => {
        await page.setViewportSize(size);
        await page.evaluate('scrollTo(0, 0)');
        expect(await bottomOf(page.locator('.btn.authorize'))).toBeLessThanOrEqual(size.height);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(size.width);
        // Without it, a phone's browser would make the page wider than its screen.
        expect(await page.locator('meta[name=viewport]').getAttribute('content')).toBe(
          'width=device-width, initial-scale=1',
        );
      },
    );

    it('opens its window at address and password, with nothing to tick', async () => {
      await page.locator('.btn.authorize').click();
      const dialog = page.locator('.auth-container').first();
      const fields = dialog.locator('input:visible, select:visible');
      expect(await fields.evaluateAll((inputs) => inputs.map(({ id }) => id))).toEqual([
        'oauth_username',
        'oauth_password',
      ]);
      expect(await page.evaluate('document.activeElement.id')).toBe('oauth_username');
      expect(await page.locator('.modal-ux-content').evaluate(({ scrollTop }) => scrollTop)).toBe(
        0,
      );
      const button = dialog.getByRole('button', { name: 'Apply given OAuth2 credentials' });
      expect(await bottomOf(button)).toBeLessThanOrEqual(DESKTOP.height);
      await closeDialog();
    });

    it('says in its window why it refuses a sign-in', async () => {
      const dialog = await fillIn({ ...user, password: 'not the password' });
      await dialog.locator('.errors').waitFor();
      expect(await dialog.locator('.errors').textContent()).toContain(
        'Username and password are incorrect',
      );
      await closeDialog();
      expect(complaints.splice(0)).toHaveLength(1);
    });

    it('gets a token for address and password under basic', async () => {
      await page.locator('.btn.authorize').click();
      const dialog = page.locator('.auth-container', { hasText: 'http, Basic' });
      await dialog.locator('input[type=text]').fill(user.email);
      await dialog.locator('input[type=password]').fill(user.password);
      await dialog.getByRole('button', { name: 'Apply credentials' }).click();
      await dialog.getByText('Logout', { exact: true }).waitFor();
      await closeDialog();

      const token = await call('token', async (operation) => {
        // The first example contains credentials too, and a request may have only one pair.
        await operation.locator('.examples-select-element').first().selectOption('basic');
      });
      expect([token.status, token.body.token_type]).toEqual([200, 'bearer']);
      expectQuiet();
    });

    it('leads from its examples to an API key that lists users', async () => {
      const accepted = await call('signUp');
      expect(accepted.status).toBe(202);
      await authorize(ADA);
      const key = await call('createApiKey');
      expect(key.status).toBe(201);
      await logOut();
      await page.locator('.btn.authorize').click();
      const dialog = page.locator('.auth-container', { hasText: 'http, Bearer' });
      await dialog.locator('input').fill(key.body.api_key);
      await dialog.getByRole('button', { name: 'Apply credentials' }).click();
      await closeDialog();
      const users = await call('listUsers');
      expect([users.status, users.body[0].email_address]).toEqual([200, ADA.email]);
      expectQuiet();
    });

    async function fillIn({ email, password }: Pick<TestUser, 'email' | 'password'>) {
      await page.locator('.btn.authorize').click();
      const dialog = page.locator('.auth-container', { hasText: 'Flow: password' });
      await dialog.locator('#oauth_username').fill(email);
      await dialog.locator('#oauth_password').fill(password);
      await dialog.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
      return dialog;
    }

    async function authorize(credentials: Pick<TestUser, 'email' | 'password'>): Promise<void> {
      const dialog = await fillIn(credentials);
      await dialog.getByText('Logout', { exact: true }).waitFor();
      await closeDialog();
    }

    async function logOut(): Promise<void> {
      await page.locator('.btn.authorize').click();
      // A scheme has a Logout button for each of its flows.
      const logout = page.getByText('Logout', { exact: true });
      while ((await logout.count()) > 0) await logout.first().click();
      await closeDialog();
    }

    async function closeDialog(): Promise<void> {
      await page.locator('.modal-btn.btn-done').first().click();
    }

    async function bottomOf(element: ReturnType<Page['locator']>): Promise<number> {
      const box = await element.boundingBox();
      return box ? box.y + box.height : NaN;
    }

    /** Opens an operation, executes it, and returns the answer to the page's own request. */
    async function call(
      operationId: string,
      fill?: (operation: ReturnType<Page['locator']>) => Promise<void>,
    ) {
      const operation = page.locator(`.opblock[id$="-${operationId}"]`);
      const execute = operation.getByRole('button', { name: 'Execute' });
      if ((await execute.count()) === 0) {
        await operation.locator('.opblock-summary-control').click();
        await operation.getByRole('button', { name: 'Try it out' }).click();
      }
      await fill?.(operation);
      const [answer] = await Promise.all([
        page.waitForResponse((response) =>
          ['fetch', 'xhr'].includes(response.request().resourceType()),
        ),
        execute.click(),
      ]);
      const shown = operation.locator('.live-responses-table .response-col_status', {
        hasText: String(answer.status()),
      });
      await shown.waitFor();
      return { status: answer.status(), body: await answer.json() };
    }

    /** Expects no warning, so nothing was blocked by the Content-Security-Policy, and no request to another host. */
    function expectQuiet(): void {
      expect(complaints).toEqual([]);
      expect(foreign).toEqual([]);
    }
  });
});

/** All of an answer that decides what a browser makes of it. */
async function asSeen(service: Reachable, path: string) {
  const { status, headers, text } = await request(service, 'GET', path);
  const type = headers.get('content-type')?.replace(/;.*/, '');
  const policies = [...headers].filter(([name]) => /policy|x-content-type|x-frame/.test(name));
  // Express calls scripts text/javascript, which means the same.
  return {
    status,
    type: type?.replace(/^application(?=\/javascript)/, 'text'),
    policies,
    text: text.replaceAll(service.url, ''),
  };
}
