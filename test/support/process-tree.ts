// Looks at the processes of a server, which may run as another user: PostgreSQL has one for each connection.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The children of a process. */
export function childrenOf(pid: number): number[] {
  const list = read(`/proc/${pid}/task/${pid}/children`) ?? childrenByPs(pid);
  return list.split(/\s+/).filter(Boolean).map(Number);
}

/** Whether every thread of the process has stopped or ended; true where there is no /proc. */
export function isStopped(pid: number): boolean {
  return threadsOf(pid).every((thread) => {
    const state = stateIn(`/proc/${pid}/task/${thread}/stat`);
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
  return stateIn(`/proc/${pid}/stat`) === 'Z';
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

/** The state is after the last bracket, because a program's name may hold spaces. */
function stateIn(file: string): string | undefined {
  const stat = read(file);
  return stat?.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function childrenByPs(pid: number): string {
  const lines = execFileSync('ps', ['-Ao', 'pid=,ppid='], { encoding: 'utf8' }).split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/));
  return pairs.flatMap(([child, parent]) => (parent === String(pid) ? child : [])).join(' ');
}
