import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Folders besides those of PATH in which servers are installed. */
const serverDirectories = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/usr/local/bin'];

/** Settings of Debian's postgresql-common. */
const NO_CLUSTER = '/etc/postgresql-common/createcluster.d/no-main-cluster.conf';

/** A line of the files that are there only for an installation: a run that was killed may have left one. */
const MARK = "# Written by Gatehouse's tests for the time of an installation.";

let isUpdated = false;

/** The first of `names` that is installed on this machine. */
export function findProgram(...names: string[]): string | undefined {
  const path = (process.env.PATH ?? '').split(delimiter);
  const candidates = names.flatMap((name) =>
    [...path, ...serverDirectories].map((directory) => join(directory, name)),
  );
  return candidates.find(isExecutable);
}

/** apt-get, if this process may install packages (a container, CI). */
function findApt(): string | undefined {
  return process.getuid?.() === 0 ? findProgram('apt-get') : undefined;
}

/** Installs Debian packages where {@link findApt} finds apt; returns whether it worked. */
export function installDebianPackages(...packages: string[]): boolean {
  const apt = findApt();
  if (!apt) return false;
  console.log(`Installing ${packages.join(' ')} for the tests (apt-get) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Another installation may be under way, such as the machine's own updates.
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=120'];
  const run = (...args: string[]) => {
    const { status, stderr } = spawnSync(apt, [...options, ...args], { env, encoding: 'utf8' });
    if (status !== 0) console.log(stderr.trim());
    return status === 0;
  };
  // An outdated package list is no reason to stop: the installation itself reports failures.
  if (!isUpdated) run('update');
  isUpdated = true;
  const install = () => run('install', '-y', '--no-install-recommends', ...packages);
  // invoke-rc.d(8): 101 forbids packages to start their services. PostgreSQL creates no cluster either.
  return withFile('/usr/sbin/policy-rc.d', ['#!/bin/sh', 'exit 101'], () =>
    withFile(NO_CLUSTER, ['create_main_cluster = false'], install),
  );
}

/** Runs `work` while there is a file with these lines, unless the machine has a file of its own there. */
export function withFile<T>(path: string, lines: readonly string[], work: () => T): T {
  if (existsSync(path) && !readFileSync(path, 'utf8').includes(MARK)) return work();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, [...lines, MARK, ''].join('\n'), { mode: 0o755 });
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
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
