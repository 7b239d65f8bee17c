// Finds the real services that the end-to-end tests need, in this order: an address in the environment,
// a program on this machine, a Debian package that is installed first (with apt and root).
import { MariaDbServer, findMariaDb } from './mariadb-server.ts';
import { findProgram, installDebianPackages } from './programs.ts';

/** Debian's server cannot create a data directory without a program of the client's package. */
const MARIADB_PACKAGES = ['mariadb-server-core', 'mariadb-client-core'];

interface MissingService {
  readonly name: string;
  readonly install: string;
  readonly leftOut: string;
}

/** The MariaDB or MySQL server that all test files share; undefined where there is none. */
export function sharedMySqlUrl(): string | undefined {
  return process.env.TEST_MYSQL_URL;
}

/** A Chromium for browser tests; undefined where there is none. */
export function chromiumPath(): string | undefined {
  return process.env.TEST_CHROMIUM_PATH;
}

/** Finds or starts the services and passes their addresses to the tests in the environment. */
export async function provideServices(): Promise<void> {
  const missing: MissingService[] = [];
  if (!(await provideMySql())) {
    missing.push({
      name: 'MariaDB',
      install: `apt-get install ${MARIADB_PACKAGES.join(' ')}, brew install mariadb, or set TEST_MYSQL_URL`,
      leftOut: 'every suite on MariaDB',
    });
  }
  if (!findProgram('curl') && !installDebianPackages('curl')) {
    missing.push({
      name: 'curl',
      install: 'apt-get install curl, brew install curl',
      leftOut: "the README's commands",
    });
  }
  if (!provideChromium()) {
    missing.push({
      name: 'Chromium',
      install: 'apt-get install chromium, or set TEST_CHROMIUM_PATH',
      leftOut: 'the browser suites',
    });
  }
  for (const { name, install, leftOut } of missing) {
    console.log(`${name} is missing, so ${leftOut} are left out. To have it: ${install}`);
  }
  if (missing.length > 0 && process.env.CI === 'true') {
    throw new Error(`With CI=true no service may be missing: ${missing.map((m) => m.name).join()}`);
  }
}

async function provideMySql(): Promise<boolean> {
  if (process.env.TEST_MYSQL_URL) return true;
  if (!findMariaDb()) installDebianPackages(...MARIADB_PACKAGES);
  if (!findMariaDb()) return false;
  const server = await MariaDbServer.create();
  process.env.TEST_MYSQL_URL = server.url();
  return true;
}

function provideChromium(): boolean {
  if (process.env.TEST_CHROMIUM_PATH) return true;
  if (!findChromium()) installDebianPackages('chromium');
  const path = findChromium();
  if (path) process.env.TEST_CHROMIUM_PATH = path;
  return path !== undefined;
}

function findChromium(): string | undefined {
  return findProgram('chromium', 'chromium-browser', 'google-chrome');
}
