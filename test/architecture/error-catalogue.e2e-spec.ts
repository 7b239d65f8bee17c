import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR } from '../../src/common/errors/error-codes.js';
import { sourceFiles } from './source-files.js';

const root = join(import.meta.dirname, '../..');
const entries = Object.entries(ERROR);

/** The codes that clients branch on: a line here changes only with the contract. */
const PINNED = [
  '40001 400',
  '40002 400',
  '40003 400',
  '40004 400',
  '40005 400',
  '40101 401',
  '40102 403',
  '40103 401',
  '40104 401',
  '40105 401',
  '40106 403',
  '40106 401',
  '40301 403',
  '40302 403',
  '40303 403',
  '40304 403',
  '40400 404',
  '40410 404',
  '40501 405',
  '40801 408',
  '40901 409',
  '40902 409',
  '41301 413',
  '41501 415',
  '42901 429',
  '43101 431',
  '50001 500',
  '50301 503',
];

describe('the error catalogue', () => {
  it('pairs each code with its status as the contract does (S-142)', () => {
    expect(entries.map(([, { code, status }]) => `${code} ${status}`)).toEqual(PINNED);
  });

  it('uses each code for one refusal, except 40106 with its two statuses (S-142)', () => {
    const codes = entries.map(([, { code }]) => code);
    const repeated = codes.filter((code, index) => codes.indexOf(code) !== index);
    expect(repeated).toEqual([40106]);
  });

  it('begins each code with its status, except two of the SMTPD authentication API (S-142)', () => {
    const others = entries.filter(([, { code, status }]) => Math.floor(code / 100) !== status);
    expect(others.map(([name]) => name).sort()).toEqual([
      'CREDENTIALS_INCORRECT',
      'REFRESH_TOKEN_INVALID',
    ]);
  });

  it('has one sentence without a full stop for each code', () => {
    for (const [, { message }] of entries) expect(message).toMatch(/^[A-Z][A-Za-z /]+[a-zA-Z]$/);
  });

  it('is documented in docs/errors.md, in the same words and order (S-142)', () => {
    const rows = readFileSync(join(root, 'docs/errors.md'), 'utf8')
      .split('\n')
      .filter((line) => /^\| \d/.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    expect(rows.map(([, code, status, message]) => `${code} ${status} ${message}`)).toEqual(
      entries.map(([, { code, status, message }]) => `${code} ${status} ${message}`),
    );
    expect(rows.every(([, , , , when]) => when !== undefined && when !== '')).toBe(true);
  });

  it('holds no entry that is never thrown', () => {
    const describing = /(error-codes|\.controller|\.decorator|\.spec)\.ts$/;
    const sources = sourceFiles()
      .filter(({ name }) => !describing.test(name))
      .map(({ text }) => text)
      .join('\n');
    const unused = entries.filter(([name]) => !new RegExp(`ERROR\\.${name}\\b`).test(sources));
    expect(unused.map(([name]) => name)).toEqual([]);
  });
});
