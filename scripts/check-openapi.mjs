// Lints the API description with the recommended rules of Redocly and of Spectral, and accepts no finding. The linters bring
// hundreds of packages that nothing else needs, so npx fetches them in these versions, without their install scripts.
// Where the registry does not have them or does not answer, the output says `left out`.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'gatehouse-openapi-'));
const [document, ruleset] = ['openapi.json', 'spectral.json'].map((name) => join(directory, name));

/** Each with the arguments that make it print JSON, and the findings in it. */
const LINTERS = [
  {
    name: '@redocly/cli@2.77.0',
    args: ['redocly', 'lint', document, '--extends=recommended', '--format=json'],
    findingsIn: ({ problems }) => problems.map(({ ruleId, message }) => `${ruleId}: ${message}`),
  },
  {
    name: '@stoplight/spectral-cli@6.16.3',
    args: ['spectral', 'lint', document, '--ruleset', ruleset, '--format=json', '--quiet'],
    findingsIn: (results) =>
      results.map(({ code, message, path }) => `${code}: ${message} (${path.join('.')})`),
  },
];

/** Reasons of npm that say nothing about the document: the registry cannot be reached, or lacks the package. */
const UNREACHABLE =
  /^npm error code (E[45]\d\d|ETARGET|ENOTFOUND|EAI_AGAIN|ENOTCACHED|ECONN\w+|E?IDLETIMEOUT|ETIMEDOUT|ERR_SOCKET_TIMEOUT|EHOSTUNREACH|ENETUNREACH)$/m;
const OPTIONS = [
  '--yes',
  '--ignore-scripts',
  // `npm run --silent` hands its level down, at which npx does not say why it fails.
  '--loglevel=error',
  '--fetch-retries=0',
  '--fetch-timeout=30000',
];

try {
  const command = join(root, 'dist/server/commands/openapi.js');
  // Not the developer's settings: the document depends on PUBLIC_URL.
  const env = { PATH: process.env.PATH };
  writeFileSync(document, execFileSync(process.execPath, [command], { cwd: directory, env }));
  writeFileSync(ruleset, JSON.stringify({ extends: ['spectral:oas'] }));
  process.exitCode = LINTERS.map(lint).every(Boolean) ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function lint({ name, args, findingsIn }) {
  const { stdout, stderr } = spawnSync('npx', [...OPTIONS, '--package', name, '--', ...args], {
    // In an empty folder, so that they find no configuration of the checkout.
    cwd: directory,
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const failure = UNREACHABLE.exec(stderr)?.[1];
  if (failure !== undefined) {
    console.log(`left out: ${name}, which npm cannot fetch (${failure})`);
    return true;
  }
  if (stdout === '') throw new Error(`${name} did not run:\n${stderr}`);
  const findings = findingsIn(JSON.parse(stdout));
  for (const finding of findings) console.error(`${name}: ${finding}`);
  console.log(`${name}: ${findings.length} findings`);
  return findings.length === 0;
}
