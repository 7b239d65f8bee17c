import { ValidationPipe } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { IsInt, IsString, MaxLength } from 'class-validator';
import { codeOf, quickest, refusalOf } from '../../../test/support/unit.js';
import { findUnsafeText, isUnsafeText } from './unsafe-text.js';
import { RequestValidationPipe } from './validation.pipe.js';

class NoteDto {
  @IsString()
  @MaxLength(10)
  text!: string;

  @IsInt()
  pages!: number;
}

const pipe = new RequestValidationPipe();
const GOOD = { text: 'x', pages: 1 };
const transform = (value: unknown, metadata: { type?: 'body' | 'query' } = {}) =>
  pipe.transform(value, { type: 'body', metatype: NoteDto, ...metadata });
const code = (value: unknown, metadata?: { type: 'body' | 'query' }) =>
  codeOf(() => transform(value, metadata));

/** Defines the member, because an object literal cannot hold every name. */
function withMember(name: string, value: unknown): object {
  const body: object = { ...GOOD };
  return Object.defineProperty(body, name, { value, enumerable: true, configurable: true });
}

describe('RequestValidationPipe', () => {
  it('returns an instance of the DTO', async () => {
    expect(await transform(GOOD)).toBeInstanceOf(NoteDto);
  });

  it.each([
    'owner',
    'id',
    'account_id',
    'role',
    'is_active',
    'TEXT',
    'text ',
    '',
    '0',
    'constructor',
    'prototype',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'toJSON',
    'then',
  ])('refuses the unknown member %j (S-98, S-126)', async (name) => {
    for (const value of ['x', null, undefined, {}]) {
      expect([value, await code(withMember(name, value))]).toEqual([value, 40001]);
    }
  });

  it.each([
    ['text', 1],
    ['text', true],
    ['text', null],
    ['text', undefined],
    ['text', ['x']],
    ['text', { length: 1 }],
    ['text', { toString: 'x' }],
    ['pages', '1'],
    ['pages', ''],
    ['pages', true],
    ['pages', null],
    ['pages', [1]],
    ['pages', 1.5],
  ])('converts nothing: %s may not be %j (S-126, S-133)', async (field, value) => {
    const { entry, errors } = await refusalOf(() => transform({ ...GOOD, [field]: value }));
    expect([entry.code, errors?.map((error) => error.field)]).toEqual([40001, [field]]);
  });

  it.each([[[]], [[GOOD]], ['text'], [0], [1], [true], [false], [null], ['']])(
    'refuses a body that is %j and no object (S-126)',
    async (body) => {
      expect(await code(body)).toBe(40001);
    },
  );

  it('treats a missing body as an empty one (S-130)', async () => {
    const { errors } = await refusalOf(() => transform(undefined));
    expect(errors?.map(({ field }) => field)).toEqual(['text', 'pages']);
  });

  it('names every faulty field once, and repeats no value (S-146)', async () => {
    const { errors } = await refusalOf(() =>
      transform({ text: 'hunter2-hunter2', pages: 'hunter2' }),
    );
    expect(errors?.map(({ field }) => field)).toEqual(['text', 'pages']);
    expect(JSON.stringify(errors)).not.toContain('hunter2');
  });

  it('checks a query as well', async () => {
    expect(await code({ ...GOOD, extra: '1' }, { type: 'query' })).toBe(40001);
    expect(await code({ ...GOOD, text: 'a\0b' }, { type: 'query' })).toBe(40001);
    expect(await code(GOOD, { type: 'query' })).toBeUndefined();
  });

  it.each([
    '\0',
    '\n',
    '\r',
    '\t',
    '\u001b',
    '\u007f',
    '\u0085',
    '\u009b',
    '\ud800',
    '\udc00',
    '\udc00\ud800',
  ])('refuses %j in any text and any name, at any depth (S-136)', async (bad) => {
    const text = `a${bad}b`;
    for (const body of [
      { ...GOOD, text },
      { ...GOOD, [text]: 'x' },
      { ...GOOD, list: [['x', { deep: text }]] },
      { ...GOOD, list: [{ [text]: 1 }] },
      [text],
      text,
    ]) {
      expect(await code(body)).toBe(40001);
    }
  });

  it('uses its own packages, whatever a ValidationPipe of the host brings (S-208)', async () => {
    const validatorPackage = { validate: () => Promise.resolve([]) };
    const transformerPackage = { plainToInstance: () => GOOD, classToPlain: () => GOOD };
    void new ValidationPipe({ validatorPackage, transformerPackage } as never);
    expect(await code({ ...GOOD, pages: '1' })).toBe(40001);
    expect(await transform(GOOD)).toBeInstanceOf(NoteDto);
  });
});

describe('isUnsafeText', () => {
  it.each([
    '',
    'x',
    'é',
    'e\u0301',
    '🦀',
    'a\u00a0b',
    '\u200d',
    '\u2028',
    '\ufeff',
    '\ufffd',
    '\u202e',
  ])('accepts %j', (text) => {
    expect(isUnsafeText(text)).toBe(false);
  });

  it('finds every C0 and C1 control and every lone surrogate (S-136)', () => {
    const controls = Array.from({ length: 32 }, (_, n) => n).concat(
      Array.from({ length: 33 }, (_, n) => 0x7f + n),
      [0xd800, 0xdbff, 0xdc00, 0xdfff],
    );
    const missed = controls.filter((unit) => !isUnsafeText(`a${String.fromCharCode(unit)}b`));
    expect(missed).toEqual([]);
  });

  it('names the field', () => {
    expect(findUnsafeText({ a: 'x', b: [{ c: '\0' }] })).toBe('c');
    expect(findUnsafeText('\0', 'id')).toBe('id');
    expect(findUnsafeText({ '\0': 1 }, 'query')).toBe('query');
    for (const value of [null, undefined, 0, true, [], {}, 'x'])
      expect(findUnsafeText(value)).toBeUndefined();
  });

  it('answers quickly to 64 KB (S-140)', async () => {
    const large = { a: 'é'.repeat(32_000), b: Array.from({ length: 10_000 }, () => 'x') };
    expect(await quickest(() => findUnsafeText(large))).toBeLessThan(200);
  });
});
