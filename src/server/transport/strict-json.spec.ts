import { describe, expect, it } from '@jest/globals';
import { codeOf, quickest, refusalOf } from '../../../test/support/unit.js';
import { parseStrictJson } from './strict-json.js';

const code = (text: string) => codeOf(() => parseStrictJson(text));
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('parseStrictJson', () => {
  it.each([
    '{}',
    '[]',
    'null',
    '0',
    '"x"',
    '{"a":{"b":[1,2,{"c":null}]}}',
    '{"a":1,"b":{"a":1}}',
    '[{"a":1},{"a":1}]',
  ])('reads %s as JSON.parse does', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['nothing', ''],
    ['a space', ' '],
    ['a comment', '{/* */}'],
    ['a line comment', '{} //'],
    ['a trailing comma', '{"a":1,}'],
    ['a single quote', "{'a':1}"],
    ['a bare name', '{a:1}'],
    ['two values', '{} {}'],
    ['a cut object', '{"a":1'],
    ['NaN', '{"a":NaN}'],
    ['a leading zero', '{"a":01}'],
    ['a hexadecimal number', '{"a":0x1}'],
    ['a raw line feed in text', '{"a":"\n"}'],
    ['a NUL', '{"a":1}\0'],
    ['a no-break space', '\u00a0{}'],
    ['a bad escape', String.raw`{"a":"\x41"}`],
    ['a second byte order mark', '\ufeff{}'],
    ['30,000 opening brackets', '['.repeat(30_000)],
    ['30,000 opening members', '{"a":'.repeat(30_000)],
  ])('refuses %s with 40002 (S-128)', async (_, text) => {
    expect(await code(text)).toBe(40002);
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"a":2}',
    '{"a":{"b":1,"b":2}}',
    '[{"a":1,"b":2,"a":3}]',
    '{"a":{},"b":1,"a":{}}',
    '{"a":[],"a":1}',
    '{"":1,"":2}',
    String.raw`{"a":1,"\u0061":2}`,
    String.raw`{"\u0061":1,"\u0061":2}`,
    String.raw`{"/":1,"\/":2}`,
    String.raw`{"é":1,"\u00e9":2}`,
    String.raw`{"🦀":1,"\ud83e\udd80":2}`,
    '{"a\u2028":1,"a\u2028":2}',
    '{ "a" : 1 , "b" : { "c" : [ { } ] } , "a" : 2 }',
  ])('refuses the double member of %s (S-129)', async (text) => {
    expect(await code(text)).toBe(40002);
  });

  it('takes names that merely look alike (S-129)', () => {
    const text = '{"a":1,"A":2,"a ":3,"á":4,"a\u0301":5}';
    expect(Object.keys(parseStrictJson(text) as object)).toHaveLength(5);
  });

  it.each([
    '__proto__',
    'constructor',
    'prototype',
    String.raw`__pro\u0074o__`,
    String.raw`\u0063onstructor`,
  ])('refuses the member %s, however deep (S-132)', async (name) => {
    for (const text of [`{"${name}":1}`, `{"a":{"${name}":{}}}`, `[[{"b":1,"${name}":null}]]`]) {
      expect(await code(text)).toBe(40002);
    }
  });

  it('leaves Object.prototype as it was (S-132)', async () => {
    const before = Reflect.ownKeys(Object.prototype);
    await code('{"__proto__":{"isAdmin":true}}');
    await code('{"constructor":{"prototype":{"isAdmin":true}}}');
    expect(Reflect.ownKeys(Object.prototype)).toEqual(before);
    expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
  });

  it('takes a text that is a poisoned name: only names reach a prototype (S-132)', () => {
    expect(parseStrictJson('{"a":"__proto__"}')).toEqual({ a: '__proto__' });
  });

  it('takes 20 levels and refuses 21 (S-128)', async () => {
    expect(await code(nested(20))).toBeUndefined();
    expect(await code(nested(21))).toBe(40002);
    expect(await code('{"a":'.repeat(20) + '1' + '}'.repeat(20))).toBeUndefined();
    expect(await code('{"a":'.repeat(21) + '1' + '}'.repeat(21))).toBe(40002);
    expect(await code('[{"a":'.repeat(10) + '1' + '}]'.repeat(10))).toBeUndefined();
    expect(await code('[{"a":'.repeat(11) + '1' + '}]'.repeat(11))).toBe(40002);
    // Siblings do not add to the depth.
    expect(await code(`[${Array.from({ length: 30 }, () => '[]').join()}]`)).toBeUndefined();
  });

  it.each([
    ['numbers', (n: number) => `"m${n}":${n}`],
    ['texts', (n: number) => `"m${n}":""`],
    ['objects', (n: number) => `"m${n}":{}`],
    ['lists', (n: number) => `"m${n}":[]`],
  ])('refuses very many members that are %s (S-128)', async (_, member) => {
    const object = (count: number) =>
      `{${Array.from({ length: count }, (_each, n) => member(n)).join()}}`;
    expect(await code(object(900))).toBeUndefined();
    expect(await code(object(1100))).toBe(40002);
  });

  it.each(['0', '""', '{}', '[]', 'null'])('refuses very many items %s (S-128)', async (item) => {
    const list = (count: number) => `[${Array.from({ length: count }, () => item).join()}]`;
    expect(await code(list(900))).toBeUndefined();
    expect(await code(list(1100))).toBe(40002);
  });

  it.each([
    ['brackets', nested(32_000)],
    ['members', `{${Array.from({ length: 6000 }, (_each, n) => `"m${n}":1`).join()}}`],
    ['one long text', JSON.stringify('x'.repeat(60_000))],
    ['escapes', `"${String.raw`\u0061`.repeat(10_000)}"`],
    ['digits', '1'.repeat(60_000)],
    ['white space', `${' '.repeat(60_000)}0`],
  ])('answers quickly to 64 KiB of %s (S-128)', async (_, text) => {
    expect(await quickest(() => code(text))).toBeLessThan(200);
  });

  it('reveals nothing of the body, which may hold a password (S-146)', async () => {
    const refusal = await refusalOf(() => parseStrictJson('{"password":"hunter2",}'));
    expect([refusal.cause, refusal.detail, refusal.errors]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(refusal.message).not.toContain('hunter2');
  });
});
