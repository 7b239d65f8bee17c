// Other release lines of Node, for `npm test`, from npm's packages `node-<platform>-<processor>`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The line on which every `npm test` tests the product, besides the present Node. */
export const NEWEST_LINE = 24;
export const LINES = [22, NEWEST_LINE];

/**
 * Suites of installed hosts. Those of both versions of Nest divide their hosts between the present Node and the newest.
 * The others in test/embedding start a host in Jest's process, and so on the present Node.
 */
export const HOSTS = ['bare-host', 'nest-11', 'nest-12'].map((name) => `test/embedding/${name}`);

/** Suites that open a socket, a file or a transaction in the service, by the beginning of their paths. */
export const IN_TURN = [
  'accounts/',
  'api-keys/',
  'auth/',
  'faults/',
  'input/',
  'mail/',
  'races/',
  'recovery/',
  'roles/',
  'sessions/',
  'shutdown/limits',
  'shutdown/under-load',
  'transport/',
  'users/',
  'webhooks/',
].map((path) => `test/${path}`);

/** Suites that run on the newest Node alone. */
export const ON_NEWEST = [
  // The drivers of both database servers, in every fault.
  'faults/database-down',
  'faults/lock-waits',
  'faults/lost-commit',
  'faults/not-now',
  'faults/postgres',
  'races/instances-on-postgres',
  'races/two-instances',
  // Many starts, which take two thirds of the CPU time there, to try code of the service and nothing of Node.
  'audit/',
  'database/killed-migrations',
  'database/passwords-at-rest',
  'database/upgrade',
  'recovery/recover-owner',
  'speed/',
  'start/database-wait',
  'start/env-file',
  'start/first-owner',
  'start/lost-keys',
  'start/refused-settings',
  'start/secret-rotation',
  'start/signing-keys',
  'throttling/',
  'webhooks/outage',
  // Without targets, so that none runs in turn.
  'recovery/pages-in-browser',
  'users/breached-passwords',
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
