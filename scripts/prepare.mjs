// Prepares a checkout: it installs dependencies when they are missing or do not match the lock file, then
// compiles native modules that the present Node cannot load, then builds when the build is missing or older
// than its sources. It runs before anything is installed, so it uses only Node; it prints nothing when there
// is nothing to do.
//
//   node scripts/prepare.mjs                  before `npm start`
//   node scripts/prepare.mjs --install-only   before `npm test`: the two others are steps of its own
//   node scripts/prepare.mjs --without-build  one of these steps
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const buildInputs = [
  'src',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'scripts/bundle.mjs',
  'scripts/production-packages.mjs',
  'scripts/shipped-packages.mjs',
  'node_modules/.package-lock.json',
];
/** A file of each half of the build: in `bundle/`, the one that is written last. */
const buildOutputs = ['dist/server/main.js', 'bundle/LICENCES.txt'];
const heartbeatMs = 15_000;

const require = createRequire(import.meta.url);
const [nodeMajor = 0, nodeMinor = 0] = process.versions.node.split('.').map(Number);
/** Native modules that this Node loads, with the scripts that compile them if no binary fits. */
const nativeModules = [
  { name: 'bcrypt', compile: 'install', load: () => require('bcrypt') },
  // The same choice as in src/server/database/engines/sqlite/sqlite-driver.ts.
  nodeMajor >= 22
    ? { name: 'better-sqlite3', compile: 'build-release', load: () => openSqlite('better-sqlite3') }
    : {
        name: 'better-sqlite3-12',
        compile: 'install',
        load: () => openSqlite('better-sqlite3-12'),
      },
];

refuseOldNode();
if (!isInstalled()) await install();
if (!process.argv.includes('--install-only')) {
  for (const module of nativeModules) {
    if (!isLoadable(module)) await compile(module);
  }
  if (!process.argv.includes('--without-build') && !isBuilt()) await build();
}

function refuseOldNode() {
  // The same range as `engines` in package.json.
  if ((nodeMajor === 20 && nodeMinor >= 19) || (nodeMajor === 22 && nodeMinor >= 12)) return;
  if (nodeMajor > 22) return;
  stop(`Node ${process.versions.node} is not supported: use Node 20.19+ or 22.12+.`);
}

/** Compares contents, not times: a checkout or a copy gives every file a new time. */
function isInstalled() {
  // npm writes this file last, so an interrupted installation does not have it.
  const installed = readLock('node_modules/.package-lock.json');
  const wanted = readLock('package-lock.json');
  if (!installed || !wanted) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    const found = installed[path];
    if (path === '') return true;
    if (!found) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function isBuilt() {
  const built = Math.min(...buildOutputs.map((path) => modifiedAt(join(root, path))));
  return built > 0 && buildInputs.every((path) => newestIn(join(root, path)) <= built);
}

/** Directories count as well: a deleted source changes only its directory. */
function newestIn(path) {
  const own = modifiedAt(path);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return own;
  return readdirSync(path).reduce(
    (newest, name) => Math.max(newest, newestIn(join(path, name))),
    own,
  );
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

async function install() {
  say('Installing dependencies (npm ci). This takes half a minute on a new machine.');
  // Development dependencies include the compiler, so they are needed for every NODE_ENV.
  const flags = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  // No package runs an install script here (S-162): native modules are compiled by name below.
  await npm(['ci', '--ignore-scripts', ...flags], 'installing');
}

function openSqlite(name) {
  const Database = require(name);
  new Database(':memory:').close();
}

/** Whether the module loads; not if it was not compiled yet, or for another Node, processor or C library. */
function isLoadable({ load }) {
  try {
    load();
    return true;
  } catch {
    return false;
  }
}

async function compile({ name, compile: script }) {
  say(
    `Fetching or compiling ${name} for Node ${process.versions.node} (two minutes at most on most machines).`,
  );
  const directory = join(root, 'node_modules', name);
  await npm(['--prefix', directory, '--loglevel=error', 'run', '--silent', script], 'compiling');
}

async function build() {
  say('Building (npm run build).');
  await npm(['run', '--silent', 'build'], 'building');
}

async function npm(args, activity) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const heartbeat = setInterval(() => say(`… still ${activity} (${seconds()} s)`), heartbeatMs);
  const code = await run(args);
  clearInterval(heartbeat);
  if (code !== 0) stop(`npm ${args.join(' ')} failed (exit code ${code}).`);
  say(`Done ${activity} in ${seconds()} s.`);
}

function run(args) {
  // When npm runs this, npm_execpath is npm's own script, which also works if `npm` is no executable (Windows).
  const npmScript = process.env.npm_execpath;
  const [command, first] = npmScript ? [process.execPath, [npmScript]] : ['npm', []];
  return new Promise((resolve) => {
    spawn(command, [...first, ...args], { cwd: root, stdio: ['inherit', 2, 2] })
      .once('error', (error) => stop(`npm could not be started: ${error.message}`))
      .once('exit', (code, signal) => resolve(code ?? signal));
  });
}

// All output goes to stderr: the output of `npm run routes` or `openapi` may go into a file.
function say(line) {
  console.error(`[prepare] ${line}`);
}

function stop(line) {
  console.error(`[prepare] ${line}`);
  process.exit(1);
}
