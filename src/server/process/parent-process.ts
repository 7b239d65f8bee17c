import { readFileSync } from 'node:fs';

const OPTION = '--end-with=';
const INTERVAL_MS = 500;

/**
 * The process with which this one must end, as `npm start` names it: npm itself, which dies from SIGTERM and leaves the
 * program in its shell running.
 *
 * @returns `undefined` if none is named, or the shell does not know `$PPID`
 */
export function processToEndWith(args: readonly string[]): number | undefined {
  const id = args.find((each) => each.startsWith(OPTION))?.slice(OPTION.length);
  return id !== undefined && /^[1-9]\d*$/.test(id) ? Number(id) : undefined;
}

/** Calls `call` once when the process has ended, or this process's own parent between them. */
export function onEndOf(processId: number, call: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent && isAlive(processId)) return;
    clearInterval(timer);
    call();
  }, INTERVAL_MS);
  timer.unref();
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(processId);
}

/** Whether the process is dead but its exit code was not read yet. Works only where there is /proc. */
function isZombie(processId: number): boolean {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    // The state is after the last bracket, because a program's name may hold spaces.
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
