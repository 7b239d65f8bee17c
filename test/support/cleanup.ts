// Processes and files of a test file must not outlive it: not when a test fails, when the run is
// interrupted, or when the test process is killed.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Disposal = () => unknown;

// The guard is a separate process in its own session. Its input ends when the test process ends for
// any reason; then it ends the remaining processes and removes the files.
const guardScript = `
  pids= gentle=
  while read -r word pid; do
    case $word in
      started) pids="$pids $pid" ;;
      quitting) gentle="$gentle $pid" ;;
      exited) pids=$(for p in $pids; do [ "$p" = "$pid" ] || printf ' %s' "$p"; done) ;;
    esac
  done
  left() { for p in $pids; do case " $gentle " in *" $p "*) kill -0 "$p" && return ;; esac; done; false; }
  # Only at its own end does such a process free its shared memory; a paused one does not hear of it.
  for p in $pids; do
    kill -CONT "$p"
    case " $gentle " in *" $p "*) kill -QUIT "$p" ;; esac
  done
  tries=100
  while left && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
  [ -z "$pids" ] || kill -KILL $pids
  # A process that is still dying may still be writing.
  for p in $pids; do while kill -0 "$p"; do sleep 0.1; done; done
  rm -rf "$1"`;

let guard: { process: ChildProcess; root: string } | undefined;
let disposals: Disposal[] = [];

/** Runs `disposal` when the current test file has ended, in reverse order of registration. */
export function onDispose(disposal: Disposal): void {
  disposals.push(disposal);
}

/** A new directory, removed when the current test file has ended. */
export function temporaryDirectory(name: string): string {
  return mkdtempSync(join(ensureGuard().root, `${name}-`));
}

/** Makes sure that `child` ends with the test process: by SIGKILL, after SIGQUIT if it is to end by itself. */
export function guardChild(child: ChildProcess, { quits = false } = {}): void {
  guardPid(child.pid);
  if (quits) tellGuard(`quitting ${child.pid}`);
  child.once('exit', () => releasePid(child.pid));
}

/** As {@link guardChild}, for a process that is not a child of this one, until {@link releasePid}. */
export function guardPid(pid: number | undefined): void {
  ensureGuard();
  tellGuard(`started ${pid}`);
}

export function releasePid(pid: number | undefined): void {
  tellGuard(`exited ${pid}`);
}

/** Ends everything the current test file started. */
export async function disposeAll(): Promise<void> {
  const pending = disposals.toReversed();
  disposals = [];
  const failures: unknown[] = [];
  for (const disposal of pending) {
    try {
      await disposal();
    } catch (error) {
      failures.push(error);
    }
  }
  guard?.process.stdin?.end();
  if (guard) rmSync(guard.root, { recursive: true, force: true, maxRetries: 3 });
  guard = undefined;
  if (failures.length > 0) throw new AggregateError(failures, 'The tests could not be cleaned up');
}

function tellGuard(line: string): void {
  const input = guard?.process.stdin;
  if (input?.writable) input.write(`${line}\n`);
}

function ensureGuard(): { process: ChildProcess; root: string } {
  if (guard) return guard;
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  const watcher = spawn('sh', ['-c', guardScript, 'guard', root], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  guard = { process: watcher, root };
  return guard;
}
