import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { LINK_PURPOSES } from '../../src/links/link-purpose.js';
import { launchBrowser } from '../support/browser.js';
import { newSignUp, signIn, signUp } from '../support/factories.js';
import { enter, newOwner, type Member } from '../support/members.js';
import { openLink } from '../support/open-link.js';
import { requestReset } from '../support/one-time-links.js';
import { eventually, PATIENCE_MS } from '../support/patience.js';
import { startService } from '../support/service.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeBrowser } from '../support/targets.js';

const PHONE = { width: 320, height: 640 };
const SCHEMES = ['light', 'dark'] as const;
/** WCAG 2.2, 1.4.3. */
const LEAST_CONTRAST = 4.5;

describeBrowser('the pages of one-time links, on a phone without JavaScript', (executablePath) => {
  let service: SharedService;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const foreign: string[] = [];
  beforeAll(async () => {
    service = await sharedService();
    browser = await launchBrowser(executablePath);
    const context = await browser.newContext({ viewport: PHONE, javaScriptEnabled: false });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    // A status of 400 is a complaint too.
    page.on('console', (message) => {
      if (!message.text().includes('status of 400')) complaints.push(message.text());
    });
    page.on('request', (asked) => {
      if (!asked.url().startsWith(service.url)) foreign.push(asked.url());
    });
  });

  const goTo = (purpose: string, token: string) =>
    page.goto(`${service.url}/link/${purpose}?token=${token}`);
  const enterPassword = async (password: string, again = password) => {
    await page.getByLabel('New password').fill(password);
    await page.getByLabel('The same password again').fill(again);
    await page.getByRole('button', { name: 'Set password' }).click();
  };

  it('lead from a reset link, over a refused password, to a new sign-in (S-107)', async () => {
    const user = await newOwner(service);
    const token = await openLink(service.database, 'reset', user);
    await goTo('reset', token);
    expect(await page.getByLabel('Email address').inputValue()).toBe(user.email);
    await enterPassword('correct horse battery staple', 'correct horse');
    expect(await page.getByRole('alert').textContent()).toBe('The two passwords are not the same.');
    // The form is sent without the token in the address.
    expect(page.url()).toBe(`${service.url}/link/reset`);
    const { password } = newSignUp();
    await enterPassword(password);
    expect(await page.title()).toBe('Your password is changed');
    await signIn(service, { ...user, password });
    await goTo('reset', token);
    expect(await page.title()).toBe('Link is invalid or has expired');
    expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
  });

  it('lead from a letter in /dev/outbox to a new sign-in (S-107)', async () => {
    const developed = await startService({ env: { NODE_ENV: 'development' } });
    const user = await signUp(developed);
    expect((await requestReset(developed, user.email)).status).toBe(202);
    const letter = page.getByRole('link', { name: 'Choose a new password' });
    await eventually(async () => {
      await page.goto(`${developed.url}/dev/outbox`);
      expect(await letter.count()).toBe(1);
    });
    const fits = async () =>
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    await fits();
    await letter.click();
    await fits();
    await page.locator('a[href*="/link/reset?token="]').click();
    expect(await page.getByLabel('Email address').inputValue()).toBe(user.email);
    const { password } = newSignUp();
    await enterPassword(password);
    expect(await page.title()).toBe('Your password is changed');
    await signIn(developed, { ...user, password });
    expect(complaints).toEqual([]);
  });

  it('have the browser itself hold back a password that is too short', async () => {
    await goTo('reset', await openLink(service.database, 'reset', await newOwner(service)));
    await enterPassword('short');
    expect(await page.title()).toBe('Choose a new password');
    expect(await page.locator('#password:invalid').count()).toBe(1);
  });

  it('confirm an address with one button, by keyboard alone', async () => {
    const user = await newOwner(service);
    await goTo('verification', await openLink(service.database, 'verification', user));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your email address is confirmed' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  describe.each(SCHEMES)('in %s colours', (colorScheme) => {
    let owner: Member;
    beforeAll(async () => {
      await page.emulateMedia({ colorScheme });
      const account_name = `${'Donaudampfschifffahrtsgesellschaft'.repeat(2)} & Söhne`;
      owner = await enter(service, await signUp(service, { account_name }));
    });

    it.each(['', ...LINK_PURPOSES])(
      'fit the width of a phone, have labels, and can be read: %s',
      async (purpose) => {
        const name = purpose === '' ? 'reset' : purpose;
        const address = `${'a'.repeat(60)}@${'long-domain.'.repeat(12)}example.com`;
        const token = await openLink(service.database, name as 'reset', owner, { address });
        await goTo(name, purpose === '' ? 'x' : token);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
        expect(await page.locator('h1').count()).toBe(1);
        expect(await page.locator('html').getAttribute('lang')).toBe('en');
        const unlabelled = 'input:not([type=hidden])';
        const labels = await page
          .locator(unlabelled)
          .evaluateAll((inputs) =>
            inputs.map((input) => (input as never as { labels: object[] }).labels.length),
          );
        expect(labels.every((count) => count === 1)).toBe(true);
        const heights = await page
          .locator('button, input:not([type=hidden])')
          .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height));
        expect(heights.every((height) => height >= 44)).toBe(true);
        const contrasts = await page.evaluate<number[]>(CONTRASTS);
        expect(contrasts.length).toBeGreaterThan(0);
        expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(LEAST_CONTRAST);
      },
    );
  });

  it('show where the keyboard is', async () => {
    await goTo('reset', await openLink(service.database, 'reset', await newOwner(service)));
    await page.keyboard.press('Tab');
    const width = await page.evaluate('getComputedStyle(document.activeElement).outlineWidth');
    expect(width).toBe('3px');
  });
});

/** Runs in the page: the contrast of each text with what is behind it (WCAG 2.2, relative luminance). */
const CONTRASTS = `(() => {
  const luminance = ([r, g, b]) => [r, g, b]
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    const colour = parts(getComputedStyle(element).backgroundColor);
    return colour[3] === 0 && element.parentElement ? behind(element.parentElement) : colour;
  };
  return [...document.querySelectorAll('h1, p, label, input:not([type=hidden]), button, strong')].map((element) => {
    const both = [parts(getComputedStyle(element).color), behind(element)].map(luminance);
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
  });
})()`;
