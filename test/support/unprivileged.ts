// Some servers refuse to run as root: there they run as the user nobody.
import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { findProgram } from './programs.ts';

const NOBODY = 65_534;

// One capability lets it pass folders that only root may enter, such as a checkout in /root.
const SETPRIV = [
  `--reuid=${NOBODY}`,
  `--regid=${NOBODY}`,
  '--clear-groups',
  '--securebits=+noroot,+no_setuid_fixup',
  '--bounding-set=-all,+dac_override',
  '--inh-caps=-all,+dac_override',
  '--ambient-caps=-all,+dac_override',
];

/** The program and its arguments, as a command that this user may run. */
export function unprivileged(program: string, ...args: string[]): [string, ...string[]] {
  if (process.getuid?.() !== 0) return [program, ...args];
  const setpriv = findProgram('setpriv');
  if (!setpriv) throw new Error(`${program} refuses root, and setpriv (util-linux) is missing`);
  return [setpriv, ...SETPRIV, program, ...args];
}

/** Runs such a program to its end. */
export function runUnprivileged(program: string, ...args: string[]): void {
  const [command, ...rest] = unprivileged(program, ...args);
  execFileSync(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Gives a file or a folder to the user that {@link unprivileged} programs run as. */
export function giveToUnprivileged(path: string): void {
  if (process.getuid?.() === 0) chownSync(path, NOBODY, NOBODY);
}
