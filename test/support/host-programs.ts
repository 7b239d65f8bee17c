// Runs what an application that installs the package consists of: its compiler, its tests, its scripts and itself.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { guardChild, onDispose } from './cleanup.js';
import { layDriver, pathWith } from './installed-host.js';
import { LESS_WORK } from './node.js';

/** Ends a run that hangs; a busy machine needs minutes. */
export const TEST_RUN_LIMIT_MS = 8 * 60_000;

type Env = Readonly<Record<string, string>>;

/** An application, and the Node that runs it. */
export interface Host {
  readonly directory: string;
  readonly node: string;
}

const untracked = pathToFileURL(join(import.meta.dirname, 'untracked-tests.mjs'));

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
  host: Host,
  file: string,
  env: Env = {},
): Promise<{ passed: number; failed: number; output: string }> {
  const args = ['--test', '--test-reporter=tap', file];
  const { output } = await finished(host, host.node, args, {
    NODE_OPTIONS: `${LESS_WORK.NODE_OPTIONS} --import=${untracked.href}`,
    ...env,
  });
  // A run that was interrupted has no such line, and counts as failed.
  const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)`, 'm').exec(output)?.[1]);
  return { passed: count('pass'), failed: count('fail'), output };
}

/** Runs a script of an application's package.json; returns its output, or throws it. */
export async function runScript(
  host: Host,
  script: string,
  env: Env = {},
  args: readonly string[] = [],
): Promise<string> {
  const { status, output } = await finished(host, 'npm', ['run', script, '--', ...args], env);
  if (status !== 0) throw new Error(`npm run ${script} failed:\n${output}`);
  return output;
}

/** Starts a program of an application, which stops with the test file at the latest; returns its output so far. */
export function startProgram(host: Host, file: string, env: Env): () => string {
  const child = spawnIn(host, host.node, [file], env);
  onDispose(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  return () => output;
}

function finished(
  host: Host,
  command: string,
  args: readonly string[],
  env: Env,
): Promise<{ status: number | null; output: string }> {
  const child = spawnIn(host, command, args, env);
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

function spawnIn({ directory, node }: Host, command: string, args: readonly string[], env: Env) {
  layDriver(directory, node);
  const { HOME } = process.env;
  const child = spawn(command, args, {
    cwd: directory,
    env: { PATH: pathWith(node), HOME, NO_COLOR: '1', ...LESS_WORK, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  guardChild(child);
  return child;
}
