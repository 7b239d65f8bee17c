import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { commonPasswordText } from './common-password-list.cjs';
import { isCommonPassword } from './common-passwords.js';

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

  it('compares the whole password, not a part of it (S-09)', () => {
    expect(isCommonPassword('passwordpassword of a careful person')).toBe(false);
    expect(isCommonPassword(' passwordpassword')).toBe(false);
  });

  it('has no empty entry', () => {
    expect(isCommonPassword('')).toBe(false);
  });
});
