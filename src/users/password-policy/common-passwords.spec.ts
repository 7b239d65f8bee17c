import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { commonPasswordText } from './common-password-list.cjs';
import { isCommonPassword } from './common-passwords.js';
import { leakedPasswordText } from './leaked-password-list.cjs';

const entries = commonPasswordText().split('\n');

describe('the bundled list of common passwords', () => {
  it('holds at least 3,000 entries that are long enough for the default length rule (S-09)', () => {
    expect(entries.filter((entry) => [...entry].length >= 15).length).toBeGreaterThanOrEqual(3000);
  });

  it('holds nothing below the length floor, which could never be chosen (S-01, S-09)', () => {
    expect(entries.filter((entry) => [...entry].length < 8)).toEqual([]);
  });

  it('is case-folded, NFC, sorted and without duplicates, so that look-ups hit (S-09)', () => {
    expect(entries).toEqual(entries.map((entry) => entry.normalize('NFC').toLowerCase()));
    expect(entries).toEqual([...new Set(entries)].toSorted());
  });

  it('names its source and licence', () => {
    const module = readFileSync(new URL('./common-password-list.cjs', import.meta.url), 'utf8');
    expect(module).toMatch(/^\/\/ Source: .+MIT licence/m);
  });
});

describe('the bundled list of leaked passwords', () => {
  const leaked = leakedPasswordText().split('\n');

  it('holds 9,728 entries, each long enough for the default length rule (S-09)', () => {
    expect(leaked).toHaveLength(9728);
    expect(leaked.filter((entry) => [...entry].length < 15)).toEqual([]);
  });

  it('is case-folded, NFC, sorted and without duplicates, so that look-ups hit (S-09)', () => {
    expect(leaked).toEqual(leaked.map((entry) => entry.normalize('NFC').toLowerCase()));
    expect(leaked).toEqual([...new Set(leaked)].toSorted());
  });

  it('has its licence, its source and what was changed beside it', () => {
    const notice = new URL('./leaked-password-list.LICENSE.txt', import.meta.url);
    const text = readFileSync(notice, 'utf8');
    expect(text).toMatch(/Attribution-ShareAlike 3\.0[^]*licenses\/by-sa\/3\.0[^]*Changes:/);
  });
});

describe('isCommonPassword', () => {
  it.each(['password', 'qwertyuiop', 'passwordpassword', '123456789987654321', '1qaz2wsx3edc4rfv'])(
    'recognises %s (S-09)',
    (password) => {
      expect(isCommonPassword(password)).toBe(true);
    },
  );

  it('ignores case (S-09)', () => {
    expect(isCommonPassword('PassWordPASSWORD')).toBe(true);
  });

  it.each([
    'Hd764nW5d7E1vb1',
    'momsanaladventure',
    '\\xe9\\xe0&_\\xe9\\xe0&_????',
    'zQjphsyf6ctifgu',
  ])('recognises %s, which was leaked and looks like a good one (S-09)', (password) => {
    expect(isCommonPassword(password)).toBe(true);
  });

  it('compares the whole password, not a part of it (S-09)', () => {
    expect(isCommonPassword('passwordpassword of a careful person')).toBe(false);
    expect(isCommonPassword(' passwordpassword')).toBe(false);
  });

  it('has no empty entry', () => {
    expect(isCommonPassword('')).toBe(false);
  });
});
