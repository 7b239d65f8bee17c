import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.js';
import { signIn, signUp, type TestUser } from '../support/factories.js';
import { PATIENCE_MS } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { describeBrowser, type Target } from '../support/targets.js';

describeBrowser('Swagger UI at /docs', (executablePath) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(executablePath);
  });

  describe.each<Target['adapter']>(['fastify', 'express'])('behind %s', (adapter) => {
    let service: TestService;
    let user: TestUser;
    let page: Page;
    let complaints: string[];
    let foreign: string[];
    beforeAll(async () => {
      service = await startService({
        target: { database: 'sqlite', adapter },
        env: { SWAGGER_UI: 'true' },
      });
      user = await signUp(service);
      page = await (
        await browser.newContext({ viewport: { width: 1280, height: 1400 } })
      ).newPage();
      page.setDefaultTimeout(PATIENCE_MS);
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
      await page.goto(`${service.url}/docs`);
      await page.locator('.opblock').first().waitFor();
    });
    // Loading the page takes long, so all tests share it.
    afterEach(async () => {
      await page.locator('.btn.authorize').click();
      // A scheme has a Logout button for each of its flows.
      await page.getByText('Logout', { exact: true }).first().click();
      await closeDialog();
    });
    afterAll(() => service.stop());

    it('is refused, signs in with a password, calls GET /oauth/me, and still can after a reload', async () => {
      const refused = await call('me');
      expect([refused.status, refused.body.code]).toEqual([401, 40101]);
      // The browser itself logs the refusal.
      expect(complaints.splice(0)).toHaveLength(1);
      await page.locator('.btn.authorize').click();
      const dialog = page.locator('.auth-container', { hasText: 'Flow: password' });
      await dialog.locator('#oauth_username').fill(user.email);
      await dialog.locator('#oauth_password').fill(user.password);
      await dialog.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
      await dialog.getByText('Logout', { exact: true }).waitFor();
      await closeDialog();

      const me = await call('me');
      expect([me.status, me.body.email_address]).toEqual([200, user.email]);
      // Without the fragment, by which the page would open the operation itself.
      await page.evaluate('history.replaceState(null, "", "/docs")');
      await page.reload();
      const again = await call('me');
      expect([again.status, again.body.email_address]).toEqual([200, user.email]);
      expectQuiet();
    });

    // The rest does not depend on the adapter.
    if (adapter === 'express') return;

    it('gets a token for address and password under basic', async () => {
      await page.locator('.btn.authorize').click();
      const dialog = page.locator('.auth-container', { hasText: 'http, Basic' });
      await dialog.locator('input[type=text]').fill(user.email);
      await dialog.locator('input[type=password]').fill(user.password);
      await dialog.getByRole('button', { name: 'Apply credentials' }).click();
      await dialog.getByText('Logout', { exact: true }).waitFor();
      await closeDialog();

      const token = await call('token', async (operation) => {
        await operation.locator('select').first().selectOption('password');
        // The example body contains credentials too, and a request may have only one pair.
        await operation.locator('textarea').fill('{}');
      });
      expect([token.status, token.body.token_type]).toEqual([200, 'bearer']);
      expectQuiet();
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

    async function closeDialog(): Promise<void> {
      await page.locator('.modal-btn.btn-done').first().click();
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
        page.waitForResponse((response) => response.url().includes(`/oauth/${operationId}`)),
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
