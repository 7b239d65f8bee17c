import { describe, expect, it } from '@jest/globals';
import { quickest, refusalOf } from '../../../test/support/unit.js';
import { RequestValidationPipe } from '../../common/validation/validation.pipe.js';
import { SignUpDto } from './sign-up.dto.js';

const pipe = new RequestValidationPipe();
const GOOD = {
  account_name: 'Lovelace Analytics',
  full_name: 'Ada Lovelace',
  email_address: 'ada@example.com',
  password: 'three grey geese in a green field',
  country: 'GBR',
  terms: true,
};

const validate = (change: object = {}) =>
  pipe.transform({ ...GOOD, ...change }, { type: 'body', metatype: SignUpDto });

async function faultyFields(change: object): Promise<string[]> {
  const { entry, errors } = await refusalOf(() => validate(change));
  expect(entry.code).toBe(40001);
  return [...new Set(errors?.map(({ field }) => field))];
}

describe('SignUpDto', () => {
  it.each([
    [{}],
    [{ plan_id: '7b1c4b9e-0f61-4a5e-9a53-0a8b5f6d2c11' }],
    [{ email_address: 'Ada.Lovelace+x@mail.example.co.uk' }],
    [{ email_address: 'адам@example.com' }],
    [{ email_address: 'ada@bücher.example' }],
    [{ full_name: 'Ñ', account_name: '🦀' }],
    [{ account_name: 'x'.repeat(100), full_name: 'x'.repeat(100) }],
  ])('accepts %j', async (change) => {
    expect(await validate(change)).toBeInstanceOf(SignUpDto);
  });

  it.each(Object.keys(GOOD))('requires %s, in its own type (S-133)', async (field) => {
    for (const value of [
      undefined,
      null,
      0,
      1,
      false,
      [],
      ['x'],
      {},
      { length: 20 },
      field === 'terms' ? 'true' : true,
    ]) {
      expect([value, await faultyFields({ [field]: value })]).toEqual([value, [field]]);
    }
  });

  it.each([
    'id',
    'account_id',
    'role',
    'is_active',
    'is_owner',
    'is_verified',
    'password_hash',
    'created_at',
    'passwordHash',
  ])('refuses %s, which no client may choose (S-84, S-98)', async (field) => {
    expect(await faultyFields({ [field]: 'x' })).toEqual([field]);
  });

  it.each([
    ['account_name', ['', ' ', '\u00a0', 'x'.repeat(101), 'a\nb', 'a\0b', '\ud800']],
    ['full_name', ['', ' \u2003 ', 'x'.repeat(101), 'Ada\r\nBcc: x@example.com']],
    [
      'email_address',
      [
        '',
        'ada',
        'ada@',
        '@example.com',
        'ada@example',
        'ada@example.com ',
        ' ada@example.com',
        'ada@example.com\n',
        'ada@exa mple.com',
        'ada@@example.com',
        'ada@example.com,eve@example.com',
        'Ada <ada@example.com>',
        'ada@127.0.0.1',
        'ada@[127.0.0.1]',
        'ada@-example.com',
        'ada@example..com',
        'ada@example.com.',
        '.ada@example.com',
        'ada\r\nBcc:eve@example.com',
        `${'a'.repeat(65)}@example.com`,
        `ada@${'a'.repeat(64)}.com`,
        `${'a'.repeat(60)}@${'b.'.repeat(100)}com`,
      ],
    ],
    ['country', ['', 'GB', 'gb', 'XXX', 'ZZZ', 'GBRR', '826', 'toString', 'constructor']],
    ['plan_id', ['', 'x', null, 0, '7b1c4b9e0f614a5e9a530a8b5f6d2c11', "' OR 1=1 --"]],
    ['terms', [false, 1, 'true', 'on', null]],
  ])('refuses a wrong %s (S-133, S-136, S-138)', async (field, values) => {
    for (const value of values as unknown[]) {
      expect([value, await faultyFields({ [field]: value })]).toEqual([value, [field]]);
    }
  });

  it('does not repeat the value of a password (S-15)', async () => {
    const { errors } = await refusalOf(() =>
      validate({ password: ['hunter2'], email_address: 'x' }),
    );
    expect(JSON.stringify(errors)).not.toContain('hunter2');
  });

  it.each([
    ['one part', 'a'.repeat(60_000)],
    ['a long name', `${'a'.repeat(60_000)}@example.com`],
    ['a long domain', `a@${'a'.repeat(60_000)}.com`],
    ['labels', `a@${'a.'.repeat(30_000)}com`],
    ['hyphens', `a@${'-'.repeat(60_000)}`],
    ['at signs', '@'.repeat(60_000)],
    ['dots', `${'a.'.repeat(30_000)}@example.com`],
    ['quotes', `"${'\\"'.repeat(30_000)}"@example.com`],
    ['angle brackets', `${'<'.repeat(60_000)}a@example.com>`],
    ['spaces', `${' '.repeat(60_000)}@example.com`],
    ['combining marks', `a${'\u0301\u0323'.repeat(15_000)}@example.com`],
    ['letters beyond ASCII', `${'é'.repeat(30_000)}@example.com`],
  ])('answers 60 KB of an email of %s as fast as a good one (S-140)', async (_, email_address) => {
    expect(await faultyFields({ email_address })).toEqual(['email_address']);
    const hostile = await quickest(() => refusalOf(() => validate({ email_address })));
    expect(hostile - (await quickest(() => validate()))).toBeLessThan(50);
  });
});
