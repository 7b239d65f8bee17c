// Finds the real services that the end-to-end tests need, in this order: an address in the environment,
// a program on this machine, a Debian package that is installed first (with apt and root).
import { MariaDbServer, findMariaDb } from './mariadb-server.ts';
import { findPgBouncer } from './pgbouncer.ts';
import { editionOf, fetchNewestPostgres, OLDEST, postgresFolder } from './postgres-programs.ts';
import { findProgram, installDebianPackages } from './programs.ts';
import { findRedis } from './redis-server.ts';
import { askSupervisor } from './supervisor.ts';

/** For the services of all Jest workers, each of which may open ten connections. */
export const MANY_CONNECTIONS = '--max-connections=400';

/** Debian's server cannot create a data directory without a program of the client's package. */
const MARIADB_PACKAGES = ['mariadb-server-core', 'mariadb-client-core'];

interface MissingService {
  readonly name: string;
  readonly install: string;
  readonly consequence: string;
}

/** The MariaDB or MySQL server that all test files share; undefined where there is none. */
export function sharedMySqlUrl(): string | undefined {
  return process.env.TEST_MYSQL_URL || undefined;
}

/** The PostgreSQL server that the environment names. */
function givenPostgresUrl(): string | undefined {
  return process.env.TEST_POSTGRES_URL || undefined;
}

/** The PostgreSQL server that all test files of an edition share, started when the first of them asks for it. */
export async function sharedPostgresUrl(edition = editionOf()): Promise<string> {
  return givenPostgresUrl() ?? (await askSupervisor(`/postgres/${edition}`));
}

/** Whether there is a PostgreSQL server for the tests. */
export function hasPostgres(): boolean {
  return givenPostgresUrl() !== undefined || editionOf() !== undefined;
}

/** A Chromium for browser tests; undefined where there is none. */
export function chromiumPath(): string | undefined {
  return process.env.TEST_CHROMIUM_PATH || undefined;
}

/** Installs what is missing: Debian's packages in one run of apt, and PostgreSQL 18 from npm. */
export function installServers(): void {
  const packages = missingPackages();
  const areInstalled = packages.length === 0 || installDebianPackages(...packages);
  // One that this Debian lacks keeps the others out.
  if (!areInstalled) for (const name of missingPackages()) installDebianPackages(name);
  if (!hasEnoughPostgres()) fetchNewestPostgres();
}

function missingPackages(): string[] {
  return [
    ...(findMariaDb() ? [] : MARIADB_PACKAGES),
    ...(hasEnoughPostgres() || postgresFolder('installed') ? [] : ['postgresql']),
    ...(findPgBouncer() ? [] : ['pgbouncer']),
    ...(findRedis() ? [] : ['redis-server']),
    ...(findProgram('curl') ? [] : ['curl']),
    ...(chromiumPath() || findChromium() ? [] : ['chromium']),
  ];
}

/** Finds or starts the services and passes their addresses to the tests in the environment. */
export async function provideServices(): Promise<void> {
  installServers();
  const missing = [...(await provideMySql()), ...missingPostgres()];
  if (!findPgBouncer()) {
    missing.push({
      name: 'PgBouncer',
      install: 'apt-get install pgbouncer, brew install pgbouncer',
      consequence: 'the suites behind it are left out',
    });
  }
  if (!findRedis()) {
    missing.push({
      name: 'Redis',
      install: 'apt-get install redis-server, brew install redis',
      consequence: 'the suites on it are left out',
    });
  }
  if (!findProgram('curl')) {
    missing.push({
      name: 'curl',
      install: 'apt-get install curl, brew install curl',
      consequence: "the README's commands are left out",
    });
  }
  if (!findProgram('git-secrets') && !installDebianPackages('git-secrets')) {
    missing.push({
      name: 'git-secrets',
      install: 'apt-get install git-secrets, brew install git-secrets',
      consequence: 'the expression for secret scanners is left out',
    });
  }
  if (!provideChromium()) {
    missing.push({
      name: 'Chromium',
      install: 'apt-get install chromium, or set TEST_CHROMIUM_PATH',
      consequence: 'the browser suites are left out',
    });
  }
  for (const { name, install, consequence } of missing) {
    console.log(`${name} is missing, so ${consequence}. To have it: ${install}`);
  }
  if (missing.length > 0 && process.env.CI === 'true') {
    throw new Error(`With CI=true no service may be missing: ${missing.map((m) => m.name).join()}`);
  }
}

async function provideMySql(): Promise<MissingService[]> {
  if (!findMariaDb()) {
    const install = `apt-get install ${MARIADB_PACKAGES.join(' ')}, brew install mariadb`;
    return [missingDatabase('MariaDB', install, 'TEST_MYSQL_URL')];
  }
  process.env.TEST_MYSQL_URL =
    sharedMySqlUrl() ?? (await MariaDbServer.create([MANY_CONNECTIONS])).url();
  return [];
}

/** Beside a server that is given, one edition is enough for the suites that start their own. */
function hasEnoughPostgres(): boolean {
  return givenPostgresUrl() !== undefined && editionOf() !== undefined;
}

/** Looks for both editions: one of them stands in for the other where that is missing. */
function missingPostgres(): MissingService[] {
  if (hasEnoughPostgres()) return [];
  const missing: MissingService[] = [];
  const has = { installed: postgresFolder('installed'), newest: postgresFolder('newest') };
  const install = `apt-get install postgresql, brew install postgresql (${OLDEST} or newer)`;
  const neither = missingDatabase('PostgreSQL', install, 'TEST_POSTGRES_URL');
  if (!has.installed) {
    missing.push(
      has.newest ? { ...neither, consequence: 'its suites run on version 18' } : neither,
    );
  }
  if (!has.newest) {
    missing.push({
      name: 'PostgreSQL 18 from npm',
      install: 'the npm registry, and a platform for which it has the server',
      consequence: has.installed
        ? 'its suites run on the server of this machine'
        : neither.consequence,
    });
  }
  return missing;
}

/** A database whose programs are missing. A server that `variable` names is not for suites that start their own. */
function missingDatabase(name: string, install: string, variable: string): MissingService {
  if (process.env[variable]) {
    return {
      name,
      install,
      consequence: 'the suites that start servers of their own are left out',
    };
  }
  const consequence = `every suite on ${name} is left out`;
  return { name, install: `${install}, or set ${variable}`, consequence };
}

function provideChromium(): boolean {
  if (chromiumPath()) return true;
  const path = findChromium();
  if (path) process.env.TEST_CHROMIUM_PATH = path;
  return path !== undefined;
}

function findChromium(): string | undefined {
  return findProgram('chromium', 'chromium-browser', 'google-chrome');
}
