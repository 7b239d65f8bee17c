import { describe, expect, it } from '@jest/globals';
import { bearerToken, parseBasicCredentials } from './credentials.js';

const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`;
const parse = (text: string | Buffer) => parseBasicCredentials(basic(text));

describe('parseBasicCredentials: the header', () => {
  it.each(['Basic', 'basic', 'BASIC', 'bAsIc'])('accepts the scheme as %s (S-36)', (scheme) => {
    const header = basic('a@x:pw').replace('Basic', scheme);
    expect(parseBasicCredentials(header)).toEqual({
      kind: 'password',
      username: 'a@x',
      password: 'pw',
    });
  });

  it('accepts base64 with and without padding (S-36)', () => {
    expect(parseBasicCredentials('Basic YUB4OnA=')).toMatchObject({ password: 'p' });
    expect(parseBasicCredentials('Basic YUB4OnA')).toMatchObject({ password: 'p' });
  });

  it.each([
    ['nothing', ''],
    ['the scheme alone', 'Basic'],
    ['an empty credential', 'Basic '],
    ['another scheme', 'Bearer YUB4OnA='],
    ['a scheme that contains the word', 'xBasic YUB4OnA='],
    ['a scheme that begins with the word', 'BasicX YUB4OnA='],
    ['two spaces', 'Basic  YUB4OnA='],
    ['a tab', 'Basic\tYUB4OnA='],
    ['a leading space', ' Basic YUB4OnA='],
    ['a trailing space', 'Basic YUB4OnA= '],
    ['a trailing line feed', 'Basic YUB4OnA=\n'],
    ['an inner space', 'Basic YUB4 OnA='],
    ['an inner line feed', 'Basic YUB4\nOnA='],
    ['trailing text', 'Basic YUB4OnA= more'],
    ['a parameter', 'Basic YUB4OnA=, realm=x'],
    ['two credentials', 'Basic YUB4OnA=, Basic YUB4OnA='],
    ['padding in the middle', 'Basic YUB4=OnA'],
    ['padding alone', 'Basic ='],
    ['three paddings', 'Basic YUB4OnA==='],
    ['one padding too many', 'Basic YUB4OnA=='],
    ['one character too few', 'Basic YUB4O'],
    ['bits left over', 'Basic YUB4OnB='],
    ['a stray character', 'Basic YUB4!OnA='],
    ['base64url', `Basic ${Buffer.from('a@x:\u00ff\u00fe~~~').toString('base64url')}`],
    ['a NUL', 'Basic YUB4OnA=\0'],
    ['a Kelvin sign for its k', 'Basi\u212a YUB4OnA='],
  ])('refuses %s (S-36)', (_, header) => {
    expect(parseBasicCredentials(header)).toBeUndefined();
  });
});

describe('parseBasicCredentials: the text', () => {
  it.each([
    ['a lone byte FF', Buffer.from([0x61, 0x40, 0x3a, 0xff])],
    ['a cut sequence', Buffer.from([0x61, 0x40, 0x3a, 0xe2, 0x82])],
    ['an overlong slash', Buffer.from([0x61, 0x40, 0x3a, 0xc0, 0xaf])],
    ['an overlong NUL', Buffer.from([0x61, 0x40, 0x3a, 0xc0, 0x80])],
    ['an encoded surrogate', Buffer.from([0x61, 0x40, 0x3a, 0xed, 0xa0, 0x80])],
    ['a code point above 10FFFF', Buffer.from([0x61, 0x40, 0x3a, 0xf4, 0x90, 0x80, 0x80])],
    ['Latin-1', Buffer.from('a@x:pass\u00e9', 'latin1')],
  ])('refuses %s, which is not UTF-8 (S-37)', (_, bytes) => {
    expect(parse(bytes)).toBeUndefined();
  });

  it.each(['\0', '\t', '\n', '\r', '\u001b', '\u007f', '\u0085', '\u009b'])(
    'refuses the control character %j in either part (S-37)',
    (control) => {
      expect(parse(`a${control}@x:pw`)).toBeUndefined();
      expect(parse(`a@x:p${control}w`)).toBeUndefined();
      expect(parse(`a@x:pw${control}`)).toBeUndefined();
    },
  );

  it('keeps a byte order mark and every space: nothing is trimmed (S-37)', () => {
    expect(parse('\ufeffa@x: pw ')).toEqual({
      kind: 'password',
      username: '\ufeffa@x',
      password: ' pw ',
    });
  });

  it('accepts any script (S-37)', () => {
    expect(parse('ada@example.com:пароль 🦀')).toMatchObject({ password: 'пароль 🦀' });
  });

  it.each([
    ['a@x:a:b:c', 'a@x', 'a:b:c'],
    ['a@x::', 'a@x', ':'],
    ['a@x:b@y:c', 'a@x', 'b@y:c'],
  ])('ends the username at the first colon of %s (S-38)', (text, username, password) => {
    expect(parse(text)).toEqual({ kind: 'password', username, password });
  });

  it.each(['a@x', 'key.secret', 'x'])('refuses %s, which has no colon (S-38)', (text) => {
    expect(parse(text)).toBeUndefined();
  });
});

describe('parseBasicCredentials: the form', () => {
  it.each([
    [':', { kind: 'empty' }],
    ['a@x:pw', { kind: 'password', username: 'a@x', password: 'pw' }],
    ['@:pw', { kind: 'password', username: '@', password: 'pw' }],
    ['a@x.y:k.s', { kind: 'password', username: 'a@x.y', password: 'k.s' }],
    ['key:secret', { kind: 'api_key', key: 'key', secret: 'secret' }],
    ['key:a@x', { kind: 'api_key', key: 'key', secret: 'a@x' }],
    ['key.secret:', { kind: 'api_key', key: 'key', secret: 'secret' }],
    ['key.se.cret:', { kind: 'api_key', key: 'key', secret: 'se.cret' }],
    ['key.secret:other', { kind: 'api_key', key: 'key.secret', secret: 'other' }],
    [':pw', { kind: 'api_key', key: '', secret: 'pw' }],
  ])('classifies %s once, by its form (S-39)', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it('classifies an address without a password as an address, never as a key (S-40)', () => {
    expect(parse('a@x.y:')).toEqual({ kind: 'password', username: 'a@x.y', password: '' });
  });

  it.each(['listed-key:', 'listed-key.:'])(
    'reads %s as a key without a secret, which authenticates nothing (S-40)',
    (text) => {
      expect(parse(text)).toEqual({ kind: 'api_key', key: 'listed-key', secret: '' });
    },
  );
});

describe('bearerToken', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])('accepts the scheme as %s (S-36)', (scheme) => {
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
