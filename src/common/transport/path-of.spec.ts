import { describe, expect, it } from '@jest/globals';
import { pathOf } from './request-facts.js';

describe('pathOf', () => {
  it.each([
    ['/oauth/token', '/oauth/token'],
    ['/oauth/token?grant_type=password', '/oauth/token'],
    ['/oauth/token?a?b#c', '/oauth/token'],
    ['/oauth/token#a?b', '/oauth/token'],
    ['/a/?', '/a/'],
    ['http://evil.example/oauth/token?a', '/oauth/token'],
    ['https://ada:hunter2@evil.example/oauth/token', '/oauth/token'],
    ['http://evil.example\\oauth', '\\oauth'],
    ['http://evil.example', '/'],
    ['http://evil.example?a', '/'],
    ['', '/'],
    ['*', '*'],
  ])('of %j is %j, without host, query and fragment', (target, path) => {
    expect(pathOf(target)).toBe(path);
  });
});
