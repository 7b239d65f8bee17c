import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardChild } from '../test/support/cleanup.ts';
import { freePort } from '../test/support/free-port.ts';
import { findProgram } from '../test/support/programs.ts';

/** The measured server and its database run on this core; the load comes from the other core. */
const SERVER_CORE = '0';
export const LOAD_CORE = '1';

const startLimitMs = 30_000;
/** A process that uses less than a tenth of this interval counts as idle. */
const idleLookMs = 100;
/** Linux's unit of CPU time: `getconf CLK_TCK`, 100 on every platform that Node runs on. */
const ticksPerSecond = 100;

/** Whether processes can be pinned to cores; otherwise all processes share all cores. */
export const isPinned = findProgram('taskset') !== undefined && availableParallelism() > 1;

/** The command prefix that pins a process to a core. */
function onCore(core: string): string[] {
  return isPinned ? ['taskset', '-c', core] : [];
}

/** Moves a running process with all its threads to the server's core. */
export function pinToServerCore(pid: number): void {
  if (isPinned) execFileSync('taskset', ['-a', '-c', '-p', SERVER_CORE, String(pid)]);
}

/** Moves this process off the server's core: it reads the servers' logs, as a collector elsewhere would. */
export function stayOffServerCore(): void {
  if (isPinned) execFileSync('taskset', ['-a', '-c', '-p', LOAD_CORE, String(process.pid)]);
}

/** A server under measurement. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to its first answer, in ms. */
  readonly startMs: number;
  /** Its output. */
  output(): string;
  stop(): Promise<void>;
}

/**
 * Starts `node <args>` with `PORT` set, on the server's core, and waits until it answers there.
 *
 * @param headers of the first request
 */
export async function startServer(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { path = '/', headers = {} }: { path?: string; headers?: Record<string, string> } = {},
): Promise<Server> {
  const port = await freePort();
  const [program = '', ...rest] = [...onCore(SERVER_CORE), process.execPath, ...args];
  const startedAt = performance.now();
  const child = spawn(program, rest, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  guardChild(child);
  let output = '';
  const keep = (text: Buffer) => (output = (output + text).slice(-20_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const url = `http://127.0.0.1:${port}`;
  await untilAnswering(child, `${url}${path}`, headers, () => output);
  const startMs = performance.now() - startedAt;
  return { url, pid: child.pid ?? 0, startMs, output: () => output, stop: () => end(child) };
}

async function untilAnswering(
  child: ChildProcess,
  url: string,
  headers: Record<string, string>,
  output: () => string,
): Promise<void> {
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`It ended before it answered:\n${output()}`);
    const answer = await fetch(url, { headers }).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer) return;
    await sleep(10);
  }
  child.kill('SIGKILL');
  throw new Error(`No answer within ${startLimitMs / 1000} s:\n${output()}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  if ((await Promise.race([exited, sleep(10_000, 'late', { ref: false })])) === 'late') {
    child.kill('SIGKILL');
    await exited;
  }
}

/** Runs a baseline that measures itself, on the server's core. */
export async function runBaseline(file: string, ...args: string[]): Promise<number> {
  const [program = '', ...rest] = [
    ...onCore(SERVER_CORE),
    process.execPath,
    `${import.meta.dirname}/baselines/${file}`,
    ...args,
  ];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  guardChild(child);
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return (JSON.parse(output) as { perSecond: number }).perSecond;
}

/** CPU time that a process has used, in microseconds; `NaN` where there is no /proc. */
export function cpuMicroseconds(pid: number): number {
  try {
    // The fields are after the last bracket, because a program's name may hold spaces.
    const fields = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '').split(' ');
    return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
  } catch {
    return Number.NaN;
  }
}

/**
 * Waits until a server is idle: hashes continue after their clients have gone, and would share the core with the next
 * measurement.
 */
export async function untilIdle(pid: number): Promise<void> {
  const deadline = performance.now() + startLimitMs;
  for (let before = cpuMicroseconds(pid); performance.now() < deadline;) {
    await sleep(idleLookMs);
    const now = cpuMicroseconds(pid);
    // Also ends on `NaN`, where there is no /proc.
    if (!(now - before > (idleLookMs * 1000) / 10)) return;
    before = now;
  }
}

/** Memory that a process holds, in MB (RSS); `NaN` where there is no /proc. */
export function residentMegabytes(pid: number): number {
  try {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return Number.NaN;
  }
}
