import { describe, expect, it } from '@jest/globals';
import { codeOf } from '../../../test/support/unit.js';
import { parseFormBody } from './form-body.js';

const code = (text: string) => codeOf(() => parseFormBody(text));

describe('parseFormBody', () => {
  it.each([
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=%2B+%26%3D', { a: '+ &=' }],
    ['a', { a: '' }],
    ['a=', { a: '' }],
    ['=b', { '': 'b' }],
    ['a=b=c', { a: 'b=c' }],
    ['&&a=1&', { a: '1' }],
    ['a=%D0%BF%F0%9F%A6%80', { a: 'п🦀' }],
    ['a[]=1&b[c]=2', { 'a[]': '1', 'b[c]': '2' }],
    ['toString=1&hasOwnProperty=2', { toString: '1', hasOwnProperty: '2' }],
    ['a=1&b=2&a=1', { a: ['1', '1'], b: '2' }],
    ['a=1&%61=2&a', { a: ['1', '2', ''] }],
    ['toString=1&toString=2', { toString: ['1', '2'] }],
    ['', {}],
  ])('reads %j as one text per name, and a list where a name is repeated', (text, fields) => {
    expect({ ...parseFormBody(text) }).toEqual(fields);
  });

  it.each([
    ['half an escape', 'a=%'],
    ['half an escape at the end', 'a=%4'],
    ['an escape of no digits', 'a=%zz'],
    ['bytes that are no UTF-8', 'a=%FF'],
    ['an encoded surrogate', 'a=%ED%A0%80'],
    ['a broken name', '%FF=a'],
    ['51 fields', Array.from({ length: 51 }, (_, n) => `f${n}=`).join('&')],
    ['60 KB of fields', 'a&'.repeat(30_000)],
  ])('refuses %s with 40001 (S-128, S-133)', async (_, text) => {
    expect(await code(text)).toBe(40001);
  });

  it.each(['__proto__', 'constructor', 'prototype', '__pro%74o__', '%5F_proto__'])(
    'refuses the name %s with 40002 (S-132)',
    async (name) => {
      expect(await code(`${name}=1`)).toBe(40002);
      expect(await code(`a=1&${name}`)).toBe(40002);
    },
  );

  it.each([
    '__proto__[isAdmin]=1',
    'constructor.prototype.isAdmin=1',
    'a[__proto__]=1',
    'a[constructor][prototype]=1',
  ])('refuses %s, which another parser would read as a path (S-132)', async (text) => {
    expect(await code(text)).toBe(40002);
  });

  it('leaves Object.prototype as it was (S-132)', async () => {
    const before = Reflect.ownKeys(Object.prototype);
    await code('__proto__=1');
    expect(Reflect.ownKeys(Object.prototype)).toEqual(before);
  });
});
