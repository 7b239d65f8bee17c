import { describe, expect, it } from '@jest/globals';
import { pageUrl } from './page-url.js';

describe('pageUrl', () => {
  it.each([
    ['https://app.example.com/reset', 'https://app.example.com/reset'],
    ['https://app.example.com', 'https://app.example.com/'],
    ['HTTPS://App.Example.com:443/a?b=c', 'https://app.example.com/a?b=c'],
    ['https://app.example.com/#/reset', 'https://app.example.com/#/reset'],
    ['http://localhost:4200/reset', 'http://localhost:4200/reset'],
    ['http://127.0.0.1:4200/', 'http://127.0.0.1:4200/'],
    ['http://[::1]/', 'http://[::1]/'],
  ])('takes %s', (text, expected) => {
    expect(pageUrl.read(text)).toBe(expected);
    expect(pageUrl.check(text)).toBe(expected);
  });

  it.each([
    '',
    '/reset',
    'app.example.com/reset',
    'http://app.example.com/reset',
    'http://localhost.example.com/',
    'http://127.0.0.1.example.com/',
    'javascript:alert(1)',
    'data:text/html,x',
    'myapp://reset',
    'https://ada:hunter2@app.example.com/',
    'https://app.example.com\\@evil.example/',
    'https://app.example.com/\nX: y',
    ' https://app.example.com/',
    'https://app.example.com/\u202e',
    'https://',
    7 as never,
    undefined as never,
  ])('refuses %j, and does not repeat it (S-154)', (text) => {
    expect(() => pageUrl.check(text)).toThrow(/^must be an https URL without user/);
  });
});
