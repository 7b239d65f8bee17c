import { describe, expect, it } from '@jest/globals';
import { quickest } from '../../test/support/unit.js';
import { canonicalEmail, hasInvisibleCharacter } from './canonical-email.js';

describe('canonicalEmail', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['Ada@Example.COM', 'ada@example.com'],
    ['ADA+tag@example.com', 'ada+tag@example.com'],
    ['cafe\u0301@example.com', 'caf\u00e9@example.com'],
    ['CAFE\u0301@example.com', 'caf\u00e9@example.com'],
    ['ada@b\u00fccher.example', 'ada@xn--bcher-kva.example'],
    ['ada@B\u00dcCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['ada@XN--BCHER-KVA.example', 'ada@xn--bcher-kva.example'],
    ['a@b@example.com', 'a@b@example.com'],
  ])('gives %j the form %j (S-113)', (address, expected) => {
    expect(canonicalEmail(address)).toBe(expected);
  });

  it('distinguishes addresses that a collation of the database would merge (S-113)', () => {
    const addresses = [
      'a@x.com',
      'á@x.com',
      'ä@x.com',
      'ａ@x.com',
      'ª@x.com',
      'aa@x.com',
      'ss@x.com',
      'ß@x.com',
      ' a@x.com',
      'a @x.com',
      'a.@x.com',
      'а@x.com',
    ];
    const forms = addresses.map((address) => canonicalEmail(address));
    expect(new Set(forms).size).toBe(addresses.length);
    expect(forms).not.toContain(undefined);
  });

  it('merges case and Unicode form, in every order of the two (S-113)', () => {
    // U+01F0 has no capital of its own: its capital is two characters, which NFC leaves apart.
    for (const [one, other] of [
      ['\u01f0@x.com', 'J\u030c@x.com'],
      ['\u1e96@x.com', 'H\u0331@x.com'],
      ['\u0390@x.com', '\u03aa\u0301@x.com'],
      ['\u212b@x.com', '\u00e5@x.com'],
      ['K@x.com', '\u212a@x.com'],
    ] as const) {
      expect(canonicalEmail(one)).toBe(canonicalEmail(other));
    }
  });

  it('leaves a canonical form unchanged, for every character (S-113)', () => {
    const unstable: string[] = [];
    for (let point = 0x21; point <= 0x1ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const form = canonicalEmail(`${String.fromCodePoint(point)}\u0301\u0323@x.com`);
      if (form !== undefined && (canonicalEmail(form) !== form || form.normalize('NFC') !== form)) {
        unstable.push(point.toString(16));
      }
    }
    expect(unstable).toEqual([]);
  });

  it.each([
    '',
    '@',
    'a',
    'a@',
    '@x.com',
    'x.com',
    'a@x.com ',
    'a@x .com',
    'a@x_y com',
    'a@x\0.com',
    'a@[',
    'a@x/y',
    'a@x?y',
    'a@x:25',
    `${'a'.repeat(243)}@example.com`,
    `a@${'b'.repeat(250)}.com`,
    'a@x#y',
    'a@x\\y',
    'a@%78.com',
    'a@x\u200b.com',
    'a@\u00adx.com',
    'a@x\ufe0f.com',
    'a@x.com\u2060',
    'a@\u{e0061}x.com',
  ])('refuses %j as an address (S-113)', (address) => {
    expect(canonicalEmail(address)).toBeUndefined();
  });

  it('keeps an invisible character of the local part, so that its user can still sign in (S-212)', () => {
    expect(canonicalEmail('A\u200bda@x.com')).toBe('a\u200bda@x.com');
    expect(canonicalEmail('ada\u00ad@x.com')).toBe('ada\u00ad@x.com');
  });

  it('accepts 254 characters and refuses 255', () => {
    expect(canonicalEmail(`${'a'.repeat(242)}@example.com`)).toHaveLength(254);
    expect(canonicalEmail(`${'a'.repeat(243)}@example.com`)).toBeUndefined();
  });

  it('accepts a long spelling of a short address (S-113)', () => {
    const long = `${'e\u0301'.repeat(200)}@example.com`;
    expect(canonicalEmail(long)).toBe(`${'é'.repeat(200)}@example.com`);
  });

  it.each([
    ['combining marks', `a${'\u0301\u0323'.repeat(15_000)}@example.com`],
    ['combining marks in the domain', `a@a${'\u0301\u0323'.repeat(15_000)}.com`],
    [
      'scripts in the domain',
      `a@${Array.from({ length: 20_000 }, (_, n) => String.fromCharCode(0x4e00 + n)).join('')}.com`,
    ],
    ['labels', `a@${'ü.'.repeat(30_000)}com`],
    ['at signs', '@'.repeat(60_000)],
    ['capitals', `${'İ'.repeat(30_000)}@example.com`],
  ])('answers quickly to 60 KB of %s, which a sign-in may send (S-140)', async (_, address) => {
    expect(canonicalEmail(address)).toBeUndefined();
    expect(await quickest(() => canonicalEmail(address))).toBeLessThan(50);
  });
});

describe('hasInvisibleCharacter', () => {
  it('finds every format character and every one that fonts may ignore (S-212)', () => {
    const overlooked: string[] = [];
    for (let point = 0; point <= 0x10ffff; point++) {
      const character = String.fromCodePoint(point);
      const isInvisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{White_Space}]/u.test(
        character,
      );
      if (isInvisible && !hasInvisibleCharacter(`ad${character}a@x.com`)) {
        overlooked.push(point.toString(16));
      }
    }
    expect(overlooked).toEqual([]);
  });

  it.each([
    ['a control character', '\0'],
    ['a space', ' '],
    ['a no-break space', '\u00a0'],
    ['a soft hyphen', '\u00ad'],
    ['a grapheme joiner', '\u034f'],
    ['a Hangul filler', '\u3164'],
    ['a zero width space', '\u200b'],
    ['a zero width joiner', '\u200d'],
    ['a right-to-left override', '\u202e'],
    ['an invisible plus', '\u2064'],
    ['an empty braille pattern', '\u2800'],
    ['a variation selector', '\ufe0f'],
    ['a byte order mark', '\ufeff'],
    ['a private character', '\ue000'],
    ['a lone surrogate', '\ud800'],
    ['a null notehead', '\u{1d159}'],
    ['a tag', '\u{e0061}'],
    ['a variation selector beyond the BMP', '\u{e0100}'],
  ])('finds %s at any place (S-212)', (_, character) => {
    for (const address of [`${character}a@x.com`, `a${character}a@x.com`, `a@x${character}.com`]) {
      expect(hasInvisibleCharacter(address)).toBe(true);
    }
  });

  it.each([
    'ada+tag@example.com',
    'zoë@bücher.example',
    'zoe\u0308@x.com',
    '李@例え.jp',
    '🦀@x.com',
  ])('finds none in %s', (address) => {
    expect(hasInvisibleCharacter(address)).toBe(false);
  });
});
