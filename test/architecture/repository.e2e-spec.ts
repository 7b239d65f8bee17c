import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
/** The lock file must contain hashes of packages; known passwords are no secrets. */
const exempt = new Set([
  'package-lock.json',
  'src/users/password-policy/common-password-list.cjs',
  'src/users/password-policy/leaked-password-list.cjs',
]);
/** Databases of earlier releases, with secrets that are used nowhere else. */
const KEPT_DATABASES = 'test/database/releases/';
const files = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
  .split('\0')
  .filter((file) => file !== '' && !exempt.has(file) && !file.startsWith(KEPT_DATABASES))
  .filter((file) => statSync(join(root, file), { throwIfNoEntry: false })?.isFile());

function linesWith(pattern: RegExp): string[] {
  return files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
  );
}

describe('the repository', () => {
  it('has files to look at', () => {
    expect(files).toContain('src/server/main.ts');
    expect(files.length).toBeGreaterThan(100);
  });

  it('holds no file of settings, keys or data (S-156)', () => {
    const forbidden =
      /(^|\/)(\.env(\.(?!example$).*)?|.*\.(pem|key|p12|crt|sqlite3?|db|secret|log))$/;
    expect(files.filter((file) => forbidden.test(file))).toEqual([]);
  });

  it('holds no private key and no token (S-156)', () => {
    expect(linesWith(/-{5}BEGIN [A-Z ]*PRIVATE KEY/)).toEqual([]);
    expect(linesWith(/\beyJ[\w-]{15,}\.eyJ[\w-]{15,}/)).toEqual([]);
    expect(linesWith(/\b(ghp|gho|glpat|npm|sk|xox[abp]|AKIA)[_-]?[A-Za-z0-9]{20,}/)).toEqual([]);
    // The hash in PHP's documentation is public.
    expect(linesWith(/\$2[aby]\$\d\d\$(?!BCryptRequires22Chrcte)[./A-Za-z0-9]{53}/)).toEqual([]);
  });

  it('holds no random text that could be a secret (S-156)', () => {
    // Small letters and capitals, with digits in three places: names and paths do not look like that. The digest of a
    // package names its algorithm.
    const random =
      /(?<![\w+/=-])(?!sha512-)(?=[\w+-]*[a-z])(?=[\w+-]*[A-Z])(?=(?:[A-Za-z_+-]*\d+[A-Za-z_+-]+){3})[\w+-]{40,}/;
    expect(linesWith(random)).toEqual([]);
  });

  it('writes no password into an address (S-156)', () => {
    expect(
      linesWith(/\b(mysql|mariadb|postgres(?:ql)?|https?):\/\/\w+:(?!hunter2|p@|<)[^\s@'"`$/]+@/),
    ).toEqual([]);
  });

  it('is installed from its lock file, and no package runs an install script (S-162)', () => {
    expect(readFileSync(join(root, 'scripts/prepare.mjs'), 'utf8')).toMatch(
      /npm\(\['ci', '--ignore-scripts'/,
    );
    const isLocked = execFileSync('git', ['ls-files', 'package-lock.json'], { cwd: root });
    expect(isLocked.toString()).toBe('package-lock.json\n');
    // Neither CI nor its fresh machine installs in another way.
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(scripts.pretest).toBe('node scripts/prepare.mjs --install-only');
    const installing = /\bnpm (ci|i|install)\b/;
    expect(linesWith(installing).filter((line) => line.startsWith('.ci/'))).toEqual([]);
  });

  it('contains no path of a single machine', () => {
    const home = /(^|[\s'"`(=])(\/(home|Users|root)\/\w|[A-Z]:\\Users\\)/;
    expect(linesWith(home)).toEqual([]);
    const here = [root, homedir()].filter((path) => path.split('/').length > 2);
    for (const path of here) {
      expect(
        linesWith(new RegExp(path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))),
      ).toEqual([]);
    }
  });
});
