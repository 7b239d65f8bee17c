import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Folders besides those of PATH in which servers are installed. */
const serverDirectories = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/usr/local/bin'];

/** The first of `names` that is installed on this machine. */
export function findProgram(...names: string[]): string | undefined {
  const path = (process.env.PATH ?? '').split(delimiter);
  const candidates = names.flatMap((name) =>
    [...path, ...serverDirectories].map((directory) => join(directory, name)),
  );
  return candidates.find(isExecutable);
}

/** Installs Debian packages if apt and root are available (a container, CI); returns whether it worked. */
export function installDebianPackages(...packages: string[]): boolean {
  const apt = findProgram('apt-get');
  if (!apt || process.getuid?.() !== 0) return false;
  console.log(`Installing ${packages.join(' ')} for the tests (apt-get) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (...args: string[]) => {
    const { status, stderr } = spawnSync(apt, ['-qq', ...args], { env, encoding: 'utf8' });
    if (status !== 0) console.log(stderr.trim());
    return status === 0;
  };
  // An outdated package list is no reason to stop: the installation itself reports failures.
  run('update');
  return startingNothing(() => run('install', '-y', '--no-install-recommends', ...packages));
}

/** Keeps packages from starting their services, unless the machine has a rule of its own for that. */
function startingNothing(install: () => boolean): boolean {
  const rule = '/usr/sbin/policy-rc.d';
  if (existsSync(rule)) return install();
  // invoke-rc.d(8): 101 forbids the action.
  writeFileSync(rule, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return install();
  } finally {
    rmSync(rule);
  }
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
