import { describe, expect, it } from '@jest/globals';
import { OneTimeLinks } from './one-time-links.js';
import type { LinksOptions } from './links-options.js';

function urlWith(options: Partial<LinksOptions>): string {
  const complete = { keys: [new Uint8Array(32)], publicUrl: undefined, routePrefix: '', pages: {} };
  const links = new OneTimeLinks(
    { ...complete, ...options },
    ...([{}, {}, {}] as [never, never, never]),
  );
  return links.urlOf({ purpose: 'reset' }, 'TOKEN');
}

describe('the address of a one-time link', () => {
  it.each([
    [{}, '/link/reset?token=TOKEN'],
    [{ routePrefix: 'auth' }, '/auth/link/reset?token=TOKEN'],
    [
      { publicUrl: 'https://auth.example.com/a', routePrefix: 'b/c' },
      'https://auth.example.com/a/b/c/link/reset?token=TOKEN',
    ],
  ])('begins with PUBLIC_URL and the prefix of the routes: %j (S-111)', (options, expected) => {
    expect(urlWith(options)).toBe(expected);
  });

  it.each([
    ['https://app.example.com/reset', 'https://app.example.com/reset?token=TOKEN'],
    ['https://app.example.com/?page=reset', 'https://app.example.com/?page=reset&token=TOKEN'],
    ['https://app.example.com/#/reset', 'https://app.example.com/#/reset?token=TOKEN'],
    ['https://app.example.com/?a=b#/reset', 'https://app.example.com/?a=b#/reset?token=TOKEN'],
    ['https://app.example.com/#/reset?a=b', 'https://app.example.com/#/reset?a=b&token=TOKEN'],
  ])('is a page of the host in place of ours: %s', (reset, expected) => {
    expect(urlWith({ publicUrl: 'https://auth.example.com', pages: { reset } })).toBe(expected);
    const other = urlWith({ publicUrl: 'https://auth.example.com', pages: { invitation: reset } });
    expect(other).toBe('https://auth.example.com/link/reset?token=TOKEN');
  });
});
