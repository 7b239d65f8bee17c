// `npm test`: every check. All of them run, whatever fails before, and the last line adds them up: each Jest test
// counts as one, each other step as one.
//
//   npm test                     everything
//   npm test -- auth/refresh     only the Jest tests whose path matches
//   npm test -- --node 22        only what tries the product on another Node; a path may follow
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  HOSTS,
  IN_TURN,
  LINES,
  NEWEST_LINE,
  nodeOfLine,
  ON_NEWEST,
  presentLine,
} from './other-node.mjs';

const UNIT = 'test:unit';
/** They run in turn, beside all others. */
const checks = ['format', 'lint', 'check:deps', 'check:dead'];
/** They look at what the build makes. */
const checksOfTheBuild = ['audit', 'check:openapi'];
const TYPESCRIPT = ['--import', '@swc-node/register/esm-register'];
const listedFromSeconds = 1;

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const isOnOtherNode = process.argv[2] === '--node';
const patterns = process.argv.slice(isOnOtherNode ? 4 : 2);
const inCi = process.env.CI === 'true';
const reports = mkdtempSync(join(tmpdir(), 'gatehouse-reports-'));
/** The tests write a line for every service that they start: the test file that needed it. */
process.env.TEST_SERVICE_STARTS = join(reports, 'service-starts');
/** `check:package` leaves there what the tests install in hosts. */
process.env.TEST_PACKAGE = join(reports, 'package.tgz');
/** Hosts, which are installed once. */
process.env.TEST_HOSTS ||= join(reports, 'hosts');
/** What Node has compiled of the service and of hosts, for the processes after the first. */
process.env.TEST_COMPILE_CACHE = join(reports, 'compiled');
for (const [signal, number] of [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
]) {
  process.once(signal, () => process.exit(128 + number));
}
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));
const files = [];
const results = await run();
listFiles();
summarize(results);

function run() {
  if (isOnOtherNode) return runOnOtherNode();
  return patterns.length > 0 ? runPatterns() : runEverything();
}

/**
 * The end-to-end tests begin when everything that they need is there. Until then the other checks keep the processors
 * busy, because much of that comes from the network or is one compiler's work.
 */
async function runEverything() {
  const hosts = runBeside('scripts/install-hosts.mjs', process.env.TEST_HOSTS);
  const servers = runBeside(...TYPESCRIPT, 'test/support/install-servers.ts');
  const modules = runBeside('scripts/prepare.mjs', '--without-build');
  // Where the present Node is as new, nothing is left to try.
  const fetching = presentLine() < NEWEST_LINE ? fetchNode(NEWEST_LINE) : undefined;
  const building = runCheck('build');
  const packing = runCheck('check:package');
  const checking = [
    runChecks(checks),
    modules.then(() => runJest(UNIT, ['--maxWorkers=1'], { isQuiet: true })),
  ];

  const hasBuilt = (await building).failed === 0;
  // Their scripts would compile native modules as well.
  if (hasBuilt) checking.push(modules.then(() => runChecks(checksOfTheBuild)));
  await Promise.all([packing, hosts, servers, modules]);
  // Without a build the end-to-end tests would test the previous one, or nothing.
  const testing = hasBuilt
    ? runEndToEnd(await fetching)
    : [refuse('test:e2e', 'not run, because the build failed')];
  return (await Promise.all([...checking, building, packing, testing])).flat();
}

async function runEndToEnd(otherNode) {
  if (!otherNode) return [await runJest('test:e2e')];
  if (!otherNode.program) return [await runJest('test:e2e'), await runOnNode(otherNode, [])];
  const env = {
    TEST_NEWEST_NODE: otherNode.program,
    TEST_IN_TURN: IN_TURN.join(','),
    TEST_ON_NEWEST: ON_NEWEST.join(','),
  };
  return [await runJest('test:e2e', [], { env })];
}

async function runChecks(names) {
  const done = [];
  for (const name of names) done.push(await runCheck(name));
  return done;
}

/** Runs a program that prepares something. If it fails, the tests that need that say why. */
async function runBeside(...args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  process.once('exit', () => child.kill());
  await once(child, 'close');
}

async function runOnOtherNode() {
  const line = LINES.find((each) => String(each) === process.argv[3]);
  if (line === undefined) return [refuse('--node', `takes ${LINES.join(' or ')}`)];
  if (!(await isBuilt())) return [refuse('build', 'failed')];
  return [
    await runOnNode(await fetchNode(line), patterns.length > 0 ? patterns : [...IN_TURN, ...HOSTS]),
  ];
}

async function fetchNode(line) {
  return { line, program: await nodeOfLine(line, (args) => npm(args)) };
}

/** The service and the hosts on another Node, each suite on one target; Jest stays on the present one. */
async function runOnNode({ line, program }, paths) {
  const label = `on Node ${line}`;
  if (program === undefined) {
    console.log(`npm has no Node ${line} that runs here, so nothing is tried on it.`);
    const notes = [`left out: no Node ${line} to be had`];
    return { name: label, seconds: 0, passed: 0, failed: inCi ? 1 : 0, notes };
  }
  const env = { TEST_NODE: program, TEST_TARGETS: process.env.TEST_TARGETS || 'first' };
  return runJest('test:e2e', paths, { env, label });
}

async function runPatterns() {
  if (!(await isBuilt())) return [refuse('build', 'failed')];
  const done = [];
  for (const name of [UNIT, 'test:e2e']) {
    done.push(await runJest(name, ['--passWithNoTests', ...patterns]));
  }
  const total = done.reduce((sum, { passed, failed }) => sum + passed + failed, 0);
  return total > 0 ? done : [refuse('tests', `none match ${patterns.join(' ')}`)];
}

async function isBuilt() {
  const [status] = await once(
    spawn(process.execPath, ['scripts/prepare.mjs'], { stdio: 'inherit' }),
    'close',
  );
  return status === 0;
}

async function runCheck(name) {
  const { seconds, ok, output } = await runScript(name, { isQuiet: true });
  const notes = output.match(/^left out: .*$/gm) ?? [];
  return { name, seconds, passed: ok ? 1 : 0, failed: ok ? 0 : 1, notes };
}

/** `label`: the name of its report and its result, where one script runs twice. */
async function runJest(name, args = [], { label = name, ...options } = {}) {
  const file = join(reports, `${label.replaceAll(/\W+/g, '-')}.json`);
  const jestArgs = ['--json', `--outputFile=${file}`, ...args];
  const { seconds, ok } = await runScript(name, { ...options, args: jestArgs });
  const report = readReport(file);
  if (!report) return { ...refuse(label, 'gave no report'), seconds };
  files.push(...report.testResults.map(timeOf));

  const notes = [];
  let failed = report.numFailedTests;
  if (report.numRuntimeErrorTestSuites > 0) {
    failed += report.numRuntimeErrorTestSuites;
    notes.push(`${report.numRuntimeErrorTestSuites} test files could not run`);
  }
  const leftOut = report.numPendingTests + report.numTodoTests;
  if (leftOut > 0) {
    if (inCi) failed += leftOut;
    notes.push(`${leftOut} tests left out${inCi ? ', which CI does not accept' : ''}`);
  }
  if (report.numTotalTests === 0 && !args.includes('--passWithNoTests')) {
    failed += 1;
    notes.push('no tests found');
  }
  if (!ok && failed === 0) {
    failed = 1;
    notes.push('Jest failed outside the tests');
  }
  return { name: label, seconds, passed: report.numPassedTests, failed, notes };
}

/** `isQuiet`: what it prints is shown when it has ended, since others run beside it. */
async function runScript(name, { args = [], env = {}, isQuiet = false }) {
  const title = [name, ...(env.TEST_NODE ? [`on ${env.TEST_NODE}`] : [])].join(' ');
  if (!isQuiet) console.log(`\n── ${title}`);
  const startedAt = Date.now();
  const options = { env: { ...process.env, ...env }, isQuiet };
  const { status, output } = await npm(['run', '--silent', name, '--', ...args], options);
  const seconds = (Date.now() - startedAt) / 1000;
  if (isQuiet) process.stdout.write(`\n── ${title}\n${output}`);
  console.log(`── ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${seconds.toFixed(1)} s)`);
  return { seconds, ok: status === 0, output };
}

async function npm(args, { env = process.env, isQuiet = false } = {}) {
  // Under npm this is npm's own script, which also works where `npm` is no executable (Windows).
  const npmScript = process.env.npm_execpath;
  const [command, first] = npmScript ? [process.execPath, [npmScript]] : ['npm', []];
  const output = isQuiet ? 'pipe' : 'inherit';
  const child = spawn(command, [...first, ...args], { env, stdio: ['inherit', output, output] });
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => chunks.push(chunk));
  }
  const [status] = await once(child, 'close');
  return { status, output: Buffer.concat(chunks).toString() };
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function timeOf({ name, startTime, endTime }) {
  return { name: relative(process.cwd(), name), seconds: (endTime - startTime) / 1000 };
}

/** Which test file took how long, the slowest first. */
function listFiles() {
  if (files.length === 0) return;
  const starts = readStarts();
  const startsOf = (name) => starts.filter((file) => file === name).length;
  const slow = files.filter(({ seconds }) => seconds >= listedFromSeconds);
  console.log(`\n── Test files from ${listedFromSeconds} s on, and the services that each started`);
  for (const { name, seconds } of slow.toSorted((a, b) => b.seconds - a.seconds)) {
    console.log(
      `${seconds.toFixed(1).padStart(7)} s ${String(startsOf(name)).padStart(3)}  ${name}`,
    );
  }
  const rest = files.length - slow.length;
  console.log(`${rest} more files are quicker; ${starts.length} services were started in all`);
}

function readStarts() {
  try {
    return readFileSync(process.env.TEST_SERVICE_STARTS, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

function refuse(name, note) {
  return { name, seconds: 0, passed: 0, failed: 1, notes: [note] };
}

function summarize(steps) {
  console.log('');
  for (const { name, seconds, passed, failed, notes } of steps) {
    const verdict = failed === 0 ? 'ok' : 'FAILED';
    const line = [name.padEnd(11), verdict.padEnd(6), `${seconds.toFixed(1)} s`.padStart(8)];
    line.push(`  ${passed} passed, ${failed} failed`, ...notes.map((note) => `(${note})`));
    console.log(line.join(' '));
  }
  const sum = (key) => steps.reduce((total, step) => total + step[key], 0);
  process.exitCode = sum('failed') > 0 || sum('passed') === 0 ? 1 : 0;
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
}
