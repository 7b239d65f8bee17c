// Makes a fresh checkout ready: dependencies when they are missing or do not match the lock file,
// then the build when it is missing or older than its sources. It runs before anything is
// installed, so it uses nothing but Node; when there is nothing to do it says nothing.
//
//   node scripts/prepare.mjs                 before `npm start`
//   node scripts/prepare.mjs --install-only  before `npm test`, which builds as a step of its own
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const buildInputs = [
  'src',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'scripts/bundle.mjs',
  'scripts/production-packages.mjs',
  'node_modules/.package-lock.json',
];
/** What each half of the build makes: of `bundle/`, the file that is written last. */
const buildOutputs = ['dist/main.js', 'bundle/LICENCES.txt'];
const heartbeatMs = 15_000;

refuseOldNode();
if (!isInstalled()) await install();
if (!process.argv.includes('--install-only') && !isBuilt()) await build();

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  // The same range as `engines` in package.json.
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return;
  stop(`Node ${process.versions.node} is not supported: use Node 20.19+ or 22.12+.`);
}

/** Compares contents, not times: a checkout or a copy gives every file a new time. */
function isInstalled() {
  // npm writes this file last, so an installation that was cut short does not have it.
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

/** Directories count as well: a deleted source changes nothing else. */
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
  say('Installing dependencies (npm ci). This takes a minute or two on a new machine;');
  say('better-sqlite3 compiles for about 90 s where its prebuilt binary cannot be downloaded.');
  // Development dependencies hold the compiler, so they are needed whatever NODE_ENV says.
  await npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], 'installing');
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
  if (code !== 0) stop(`npm ${args[0] === 'ci' ? 'ci' : 'run build'} failed (exit code ${code}).`);
  say(`Done ${activity} in ${seconds()} s.`);
}

function run(args) {
  // Under npm this is npm's own script, which also works where `npm` is no executable (Windows).
  const npmScript = process.env.npm_execpath;
  const [command, first] = npmScript ? [process.execPath, [npmScript]] : ['npm', []];
  return new Promise((resolve) => {
    spawn(command, [...first, ...args], { cwd: root, stdio: ['inherit', 2, 2] })
      .once('error', (error) => stop(`npm could not be started: ${error.message}`))
      .once('exit', (code, signal) => resolve(code ?? signal));
  });
}

// To stderr, all of it: what `npm run routes` or `openapi` prints may go into a file.
function say(line) {
  console.error(`[prepare] ${line}`);
}

function stop(line) {
  console.error(`[prepare] ${line}`);
  process.exit(1);
}
