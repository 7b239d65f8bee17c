import { describe, expect, it } from '@jest/globals';
import { quickest } from '../../../test/support/unit.js';
import { findPasswordFault } from './password-policy.js';

const options = {
  minLength: 15,
  maxBytes: 1024,
  context: ['Harbour Lights Trading', 'josephine.brook', 'josephine.brook@example.com'],
};

const fault = (password: string): string | undefined => findPasswordFault(password, options);

describe('findPasswordFault', () => {
  it('refuses 14 code points and accepts 15 (S-01)', () => {
    expect(fault('walrus-kettle-')).toBe('The password must be at least 15 characters long.');
    expect(fault('walrus-kettle-7')).toBeUndefined();
  });

  it('uses the minimum of the options, down to 8 (S-01)', () => {
    expect(findPasswordFault('wlrs-ktl', { ...options, minLength: 8 })).toBeUndefined();
    expect(findPasswordFault('wlrs-kt', { ...options, minLength: 8 })).toMatch(/at least 8/);
  });

  it('counts an emoji as one character (S-01)', () => {
    expect(fault('🦀'.repeat(14))).toMatch(/at least 15/);
    expect(fault('🦀'.repeat(15))).toBeUndefined();
  });

  it('counts the NFC form, in which e and a combining acute are one character (S-01, S-11)', () => {
    expect(fault('walrus-kettl\u0065\u0301-')).toMatch(/at least 15/);
    expect(fault('walrus-kettl\u0065\u0301-7')).toBeUndefined();
  });

  it('accepts 64 code points of any script (S-02)', () => {
    expect(fault('🦭'.repeat(64))).toBeUndefined();
    expect(fault('пароль и море '.repeat(5))).toBeUndefined();
  });

  it('refuses more than the maximum of UTF-8 bytes and accepts exactly that many (S-04)', () => {
    expect(fault('é'.repeat(512))).toBeUndefined();
    expect(fault(`${'é'.repeat(512)}x`)).toBe(
      'The password must be at most 1024 bytes long in UTF-8.',
    );
  });

  it('refuses a password whose NFC form exceeds the maximum (S-04, S-11)', () => {
    // U+0958 is three bytes and normalises to two characters of three bytes each.
    expect(fault('\u0958'.repeat(300))).toMatch(/at most 1024 bytes/);
  });

  it('refuses a megabyte of combining marks quickly (S-04)', async () => {
    const megabyte = 'a\u0301\u0323'.repeat(200_000);
    expect(fault(megabyte)).toMatch(/at most 1024 bytes/);
    expect(await quickest(() => fault(megabyte))).toBeLessThan(200);
  });

  it.each(['\u0000', '\t', '\n', '\r', '\u001f', '\u007f', '\u0085', '\u009f'])(
    'refuses the control character %j (S-136)',
    (control) => {
      expect(fault(`walrus-kettle-${control}-7`)).toMatch(/control characters/);
    },
  );

  it.each(['\ud83e', '\udd80', '\udd80\ud83e'])('refuses the lone surrogate %j (S-136)', (half) => {
    expect(fault(`walrus-kettle-${half}-7`)).toMatch(/malformed Unicode/);
  });

  it('refuses a common password in any case (S-09)', () => {
    expect(fault('passwordPASSWORD')).toMatch(/commonly used/);
    expect(findPasswordFault('Qwertyuiop', { ...options, minLength: 8 })).toMatch(/commonly used/);
  });

  it.each([
    'Harbour Lights Trading',
    'JOSEPHINE.BROOK',
    'josephine.brook@example.com',
    'josephine.brookJosephine.Brook',
    'GatehouseGatehouse',
  ])('refuses the context word %s (S-09)', (password) => {
    expect(fault(password)).toMatch(/must not be the name of the service/);
  });

  it('accepts a password that only contains a context word (S-09)', () => {
    expect(fault('josephine.brook likes walruses')).toBeUndefined();
    expect(fault('gatehouse-gatehouse')).toBeUndefined();
  });

  it('ignores an empty context word (S-09)', () => {
    expect(findPasswordFault('walrus-kettle-7', { ...options, context: [''] })).toBeUndefined();
  });

  it('has no composition rules: 15 lower-case letters are accepted (S-10)', () => {
    expect(fault('walruskettlefog')).toBeUndefined();
  });

  it('does not trim: spaces at either end count and set passwords apart (S-11)', () => {
    expect(fault(' walrus-kettle')).toMatch(/at least 15/);
    expect(fault(' walrus-kettle ')).toBeUndefined();
    expect(fault(' passwordpassword')).toBeUndefined();
  });

  it('never repeats the password in its reason (S-15)', () => {
    for (const password of ['short-walrus', 'passwordpassword', 'JOSEPHINE.BROOK']) {
      expect(fault(password)).not.toContain(password);
    }
  });
});
