import { describe, expect, it } from '@jest/globals';
import { quickest } from '../../test/support/unit.js';
import { canonicalEmail } from './canonical-email.js';

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
  ])('refuses %j as an address (S-113)', (address) => {
    expect(canonicalEmail(address)).toBeUndefined();
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
