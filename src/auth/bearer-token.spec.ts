import { describe, expect, it } from '@jest/globals';
import { bearerToken } from './bearer-token.js';

describe('bearerToken', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])('takes the scheme as %s (S-36)', (scheme) => {
    expect(bearerToken(`${scheme} a.b-c_d~e+f/g==`)).toBe('a.b-c_d~e+f/g==');
  });

  it.each([
    ['nothing', ''],
    ['the scheme alone', 'Bearer'],
    ['an empty token', 'Bearer '],
    ['padding alone', 'Bearer =='],
    ['two spaces', 'Bearer  abc'],
    ['a tab', 'Bearer\tabc'],
    ['a leading space', ' Bearer abc'],
    ['a trailing space', 'Bearer abc '],
    ['a trailing line feed', 'Bearer abc\n'],
    ['an inner space', 'Bearer abc def'],
    ['two credentials', 'Bearer abc, Bearer abc'],
    ['a parameter', 'Bearer token="abc"'],
    ['padding in the middle', 'Bearer a=b'],
    ['another scheme', 'Basic abc'],
    ['a longer scheme', 'XBearer abc'],
    ['a NUL', 'Bearer abc\0'],
    ['another script', 'Bearer аbс'],
  ])('refuses %s (S-36)', (_, header) => {
    expect(bearerToken(header)).toBeUndefined();
  });
});
