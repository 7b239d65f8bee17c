// Looks at the processes of a server, which may run as another user: PostgreSQL has one for each connection.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The children of a process. Not every kernel has `/proc/<pid>/task/<pid>/children`. */
export function childrenOf(pid: number): number[] {
  const all = existsSync('/proc/self/stat') ? parentsInProc() : parentsByPs();
  return all.filter(([, parent]) => Number(parent) === pid).map(([child]) => Number(child));
}

/** Whether every thread of the process has stopped or ended; true where there is no /proc. */
export function isStopped(pid: number): boolean {
  return threadsOf(pid).every((thread) => {
    const [state] = statOf(`${pid}/task/${thread}`);
    return state === undefined || 'TZX'.includes(state);
  });
}

/** Whether the process has ended. Its parent may not have noticed, as in a container without an init process. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return true;
  }
  return statOf(pid)[0] === 'Z';
}

/** Sends a signal to a process that may have ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Its state and its parent, which follow the last bracket: a program's name may hold spaces. Nothing when it is gone. */
function statOf(process: string | number): string[] {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ', 2);
  } catch {
    return [];
  }
}

function parentsInProc(): string[][] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => [pid, statOf(pid)[1] ?? '']);
}

function parentsByPs(): string[][] {
  const lines = execFileSync('ps', ['-Ao', 'pid=,ppid='], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => line.trim().split(/\s+/));
}
