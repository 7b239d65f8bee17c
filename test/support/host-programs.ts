// Runs what an application that installs the package consists of: its compiler, its tests, its scripts and itself.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardChild, onDispose } from './cleanup.js';
import { pathOfTheProduct } from './installed-host.js';
import { LESS_WORK, nodeOfTheProduct } from './node.js';

/** Ends a run that hangs; a busy machine needs minutes. */
export const TEST_RUN_LIMIT_MS = 8 * 60_000;

type Env = Readonly<Record<string, string>>;

/** Compiles with the options of the shop. */
export function compile(directory: string, include: readonly string[], options: object = {}): void {
  const shop = join(import.meta.dirname, '../../examples/monolith/tsconfig.json');
  const config = JSON.parse(readFileSync(shop, 'utf8')) as { compilerOptions: object };
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...config.compilerOptions, ...options }, include }),
  );
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(directory, 'node_modules/typescript/bin/tsc'), '-p', '.'],
    { cwd: directory, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the host does not compile:\n${stdout}`);
}

/** Runs a file's tests; returns the counts of `node --test` and its output. */
export async function runTests(
  directory: string,
  file: string,
  env: Env = {},
): Promise<{ passed: number; failed: number; output: string }> {
  const args = ['--test', '--test-reporter=tap', file];
  const { output } = await finished(directory, nodeOfTheProduct, args, env);
  // A run that was interrupted has no such line, and counts as failed.
  const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)`, 'm').exec(output)?.[1]);
  return { passed: count('pass'), failed: count('fail'), output };
}

/** Runs a script of an application's package.json; returns its output, or throws it. */
export async function runScript(
  directory: string,
  script: string,
  env: Env = {},
  args: readonly string[] = [],
): Promise<string> {
  const { status, output } = await finished(directory, 'npm', ['run', script, '--', ...args], env);
  if (status !== 0) throw new Error(`npm run ${script} failed:\n${output}`);
  return output;
}

/** Starts a program of an application, which stops with the test file at the latest; returns its output so far. */
export function startProgram(directory: string, file: string, env: Env): () => string {
  const child = spawnIn(directory, nodeOfTheProduct, [file], env);
  onDispose(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  return () => output;
}

function finished(
  directory: string,
  command: string,
  args: readonly string[],
  env: Env,
): Promise<{ status: number | null; output: string }> {
  const child = spawnIn(directory, command, args, env);
  const limit = setTimeout(() => child.kill('SIGKILL'), TEST_RUN_LIMIT_MS);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      clearTimeout(limit);
      resolve({ status, output });
    });
  });
}

function spawnIn(directory: string, command: string, args: readonly string[], env: Env) {
  const { HOME } = process.env;
  const child = spawn(command, args, {
    cwd: directory,
    env: { PATH: pathOfTheProduct(), HOME, NO_COLOR: '1', ...LESS_WORK, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  guardChild(child);
  return child;
}
