import { chromium, type Browser } from 'playwright-core';
import { onDispose } from './cleanup.js';
import { PATIENCE_MS } from './patience.js';

// The browser itself sends no requests, so that every observed request is the page's.
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page is open for seconds, in which the compiler that optimizes costs more than it saves.
  '--js-flags=--no-opt',
];

/** A Chromium that ends with the test file. */
export async function launchBrowser(executablePath: string): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath,
    args: ARGUMENTS,
    timeout: 2 * PATIENCE_MS,
  });
  onDispose(() => browser.close());
  return browser;
}
