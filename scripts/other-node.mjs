// Other release lines of Node, for `npm test`, from npm's packages `node-<platform>-<processor>`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The line on which every `npm test` tests the product, besides the present Node. */
export const NEWEST_LINE = 24;
export const LINES = [22, NEWEST_LINE];

/**
 * The suites that run on another Node, by the beginning of their paths: those that open a socket, a file or a
 * transaction in the service or in a host.
 */
export const BLACK_BOX = [
  'accounts/',
  'api-keys/',
  'auth/',
  'embedding/',
  'faults/',
  'races/',
  'roles/',
  'sessions/',
  'shutdown/limits',
  'shutdown/under-load',
  'transport/',
  'users/',
].map((path) => `test/${path}`);

/**
 * Suites of one target that take long and gain nothing from a second Node: they run only on the newest, and of several
 * targets only the first would run there.
 */
export const NEWEST_ONLY = [
  'embedding/bare-host',
  'faults/collected-statements',
  'faults/database-down',
  'faults/not-now',
  'faults/postgres',
  'faults/sqlite-locks',
  'races/instances-on-postgres',
  'races/sign-in-flood',
].map((path) => `test/${path}`);

const cache = fileURLToPath(new URL('../node_modules/.cache/node/', import.meta.url));

export function presentLine() {
  return Number.parseInt(process.versions.node, 10);
}

/**
 * The path of a Node of that line, fetched unless it was fetched before; undefined if npm has none that runs here
 * (for example with Alpine's C library).
 */
export async function nodeOfLine(line, runNpm) {
  if (line === presentLine()) return process.execPath;
  const isWindows = process.platform === 'win32';
  const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`;
  const directory = join(cache, String(line));
  const program = join(directory, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node');
  if (!runs(program, line)) {
    mkdirSync(directory, { recursive: true });
    // Without its own manifest npm would treat the folder as part of this project.
    writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
    console.log(`Fetching Node ${line} from npm (${name}) …`);
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await runNpm(['--prefix', directory, 'install', ...flags, `${name}@${line}`]);
  }
  return runs(program, line) ? program : undefined;
}

function runs(program, line) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return stdout?.startsWith(`v${line}.`) ?? false;
}
