// `npm test`: every check, fastest first. All of them run, whatever fails before, and the last
// line adds them up: each Jest test counts as one, each other step as one.
//
//   npm test                     everything
//   npm test -- auth/refresh     only the Jest tests whose path matches
//   npm test -- --node 22        only what tries the product on another Node; a path may follow
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BLACK_BOX, LINES, NEWEST_LINE, nodeOfLine, presentLine } from './other-node.mjs';

const checks = [
  'format',
  'lint',
  'typecheck',
  'check:deps',
  'check:dead',
  'check:package',
  'build',
];
const jestRuns = ['test:unit', 'test:e2e'];
const listedFromSeconds = 1;

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const isOnOtherNode = process.argv[2] === '--node';
const patterns = process.argv.slice(isOnOtherNode ? 4 : 2);
const inCi = process.env.CI === 'true';
const reports = mkdtempSync(join(tmpdir(), 'gatehouse-reports-'));
/** The tests write a line for every service that they start: the test file that needed it. */
process.env.TEST_SERVICE_STARTS = join(reports, 'service-starts');
const files = [];
const results = run();
listFiles();
rmSync(reports, { recursive: true, force: true });
summarize(results);

function run() {
  if (isOnOtherNode) return runOnOtherNode();
  return patterns.length > 0 ? runPatterns() : runEverything();
}

function runEverything() {
  const done = checks.map(runCheck);
  const built = done.at(-1).failed === 0;
  for (const name of jestRuns) {
    // Without a build the end-to-end tests would test the previous one, or nothing.
    const possible = built || name !== 'test:e2e';
    done.push(possible ? runJest(name) : refuse(name, 'not run, because the build failed'));
  }
  // Where the present Node is as new, all of it has just run.
  if (built && presentLine() < NEWEST_LINE) done.push(runBlackBox(NEWEST_LINE, BLACK_BOX));
  return done;
}

function runOnOtherNode() {
  const line = LINES.find((each) => String(each) === process.argv[3]);
  if (line === undefined) return [refuse('--node', `takes ${LINES.join(' or ')}`)];
  if (!isBuilt()) return [refuse('build', 'failed')];
  return [runBlackBox(line, patterns.length > 0 ? patterns : BLACK_BOX)];
}

/** The service and the hosts on another Node, each suite on one target; Jest stays on the present one. */
function runBlackBox(line, paths) {
  const name = `on Node ${line}`;
  const node = nodeOfLine(line, (args) => npm(args, { stdio: 'inherit' }));
  if (node === undefined) {
    console.log(`npm has no Node ${line} that runs here, so nothing is tried on it.`);
    const notes = [`left out: no Node ${line} to be had`];
    return { name, seconds: 0, passed: 0, failed: inCi ? 1 : 0, notes };
  }
  const { TEST_TARGETS = 'first' } = process.env;
  return { ...runJest('test:e2e', paths, { TEST_NODE: node, TEST_TARGETS }), name };
}

function runPatterns() {
  if (!isBuilt()) return [refuse('build', 'failed')];
  const done = jestRuns.map((name) => runJest(name, ['--passWithNoTests', ...patterns]));
  const total = done.reduce((sum, { passed, failed }) => sum + passed + failed, 0);
  return total > 0 ? done : [refuse('tests', `none match ${patterns.join(' ')}`)];
}

function isBuilt() {
  return spawnSync(process.execPath, ['scripts/prepare.mjs'], { stdio: 'inherit' }).status === 0;
}

function runCheck(name) {
  const { seconds, ok } = runScript(name);
  return { name, seconds, passed: ok ? 1 : 0, failed: ok ? 0 : 1, notes: [] };
}

function runJest(name, args = [], env = {}) {
  const file = join(reports, `${name.replace(':', '-')}.json`);
  const { seconds, ok } = runScript(name, ['--json', `--outputFile=${file}`, ...args], env);
  const report = readReport(file);
  if (!report) return { ...refuse(name, 'gave no report'), seconds };
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
  return { name, seconds, passed: report.numPassedTests, failed, notes };
}

function runScript(name, args = [], env = {}) {
  console.log(`\n── ${[name, ...(env.TEST_NODE ? [`on ${env.TEST_NODE}`] : [])].join(' ')}`);
  const startedAt = Date.now();
  const { status } = npm(['run', '--silent', name, '--', ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const seconds = (Date.now() - startedAt) / 1000;
  console.log(`── ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${seconds.toFixed(1)} s)`);
  return { seconds, ok: status === 0 };
}

function npm(args, options) {
  // Under npm this is npm's own script, which also works where `npm` is no executable (Windows).
  const npmScript = process.env.npm_execpath;
  const [command, first] = npmScript ? [process.execPath, [npmScript]] : ['npm', []];
  return spawnSync(command, [...first, ...args], options);
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
