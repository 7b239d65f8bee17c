import { readFileSync } from 'node:fs';

const OPTION = '--end-with=';
const INTERVAL_MS = 500;

/**
 * The process that `npm start` names as ours to end with: npm itself, which dies by SIGTERM and leaves what runs in its
 * shell behind.
 *
 * @returns `undefined` where none is named, or the shell does not know `$PPID`
 */
export function processToEndWith(args: readonly string[]): number | undefined {
  const id = args.find((each) => each.startsWith(OPTION))?.slice(OPTION.length);
  return id !== undefined && /^[1-9]\d*$/.test(id) ? Number(id) : undefined;
}

/** Calls once when a process, or our own parent between it and us, has ended. */
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

/** Dead, but nobody has asked for its exit code yet. Only where there is /proc. */
function isZombie(processId: number): boolean {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    // Behind the last bracket, since a program's name may hold spaces.
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
