// `npm test`: every check, fastest first. All of them run, whatever fails before, and the last
// line adds them up: each Jest test counts as one, each other step as one.
//
//   npm test                     everything
//   npm test -- auth/refresh     only the Jest tests whose path matches
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

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

const patterns = process.argv.slice(2);
const inCi = process.env.CI === 'true';
const reports = mkdtempSync(join(tmpdir(), 'gatehouse-reports-'));
/** The tests write a line for every service that they start: the test file that needed it. */
process.env.TEST_SERVICE_STARTS = join(reports, 'service-starts');
const files = [];
const results = patterns.length > 0 ? runPatterns() : runEverything();
listFiles();
rmSync(reports, { recursive: true, force: true });
summarize(results);

function runEverything() {
  const done = checks.map(runCheck);
  const built = done.at(-1).failed === 0;
  for (const name of jestRuns) {
    // Without a build the end-to-end tests would test the previous one, or nothing.
    const possible = built || name !== 'test:e2e';
    done.push(possible ? runJest(name) : refuse(name, 'not run, because the build failed'));
  }
  return done;
}

function runPatterns() {
  const build = spawnSync(process.execPath, ['scripts/prepare.mjs'], { stdio: 'inherit' });
  if (build.status !== 0) return [refuse('build', 'failed')];
  const done = jestRuns.map((name) => runJest(name, ['--passWithNoTests', ...patterns]));
  const total = done.reduce((sum, { passed, failed }) => sum + passed + failed, 0);
  return total > 0 ? done : [refuse('tests', `none match ${patterns.join(' ')}`)];
}

function runCheck(name) {
  const { seconds, ok } = runScript(name);
  return { name, seconds, passed: ok ? 1 : 0, failed: ok ? 0 : 1, notes: [] };
}

function runJest(name, args = []) {
  const file = join(reports, `${name.replace(':', '-')}.json`);
  const { seconds, ok } = runScript(name, ['--json', `--outputFile=${file}`, ...args]);
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

function runScript(name, args = []) {
  console.log(`\n── ${name}`);
  const startedAt = Date.now();
  const { status } = npmRun(name, args);
  const seconds = (Date.now() - startedAt) / 1000;
  console.log(`── ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${seconds.toFixed(1)} s)`);
  return { seconds, ok: status === 0 };
}

function npmRun(name, args) {
  // Under npm this is npm's own script, which also works where `npm` is no executable (Windows).
  const npmScript = process.env.npm_execpath;
  const [command, first] = npmScript ? [process.execPath, [npmScript]] : ['npm', []];
  return spawnSync(command, [...first, 'run', '--silent', name, '--', ...args], {
    stdio: 'inherit',
  });
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
