// An application that installs the packed package, as its users do, without access to the sources.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { guardChild, temporaryDirectory } from './cleanup.js';
import { nodeOfTheProduct, LESS_WORK } from './node.js';
import { packedPackage } from './shared-service.js';

const root = join(import.meta.dirname, '../..');

/** Ends a run that hangs; a busy machine needs minutes. */
export const TEST_RUN_LIMIT_MS = 8 * 60_000;
export const INSTALL_LIMIT_MS = 20 * 60_000;

/** A version of Nest and the module system that its applications are written in. */
export interface NestLine {
  readonly version: 11 | 12;
  readonly type: 'commonjs' | 'module';
}

interface Manifest {
  version?: string;
  type: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  overrides?: object;
}

/** Versions of the shop's packages that fit Nest 11. */
const ON_NEST_11: Readonly<Record<string, string>> = {
  '@nestjs/apollo': '^13.0.0',
  '@nestjs/graphql': '^13.0.0',
  'class-validator': '^0.14.1',
};

/**
 * Installs the example of a monolith and the hosts of `test/embedding/host` for a version of Nest, and
 * compiles both.
 */
export function installShop(line: NestLine): Promise<string> {
  return installOnce(`nest-${line.version}`, async (directory) => {
    cpSync(join(root, 'examples/monolith'), directory, {
      recursive: true,
      filter: (path) => !/node_modules|dist|package-lock/.test(path.slice(root.length)),
    });
    cpSync(join(root, 'test/embedding/host'), join(directory, 'host'), { recursive: true });
    await install(directory, shopManifest(line));
    compile(directory, ['src', 'test', 'host', 'ormconfig.ts']);
  });
}

/** An application with only the package's required dependencies, and a driver. */
export function installBareHost(): Promise<string> {
  return installOnce('bare-host', (directory) => install(directory, bareManifest()));
}

function shopManifest(line: NestLine): Manifest {
  const manifest = readManifest(join(root, 'examples/monolith'));
  const nest = `^${line.version}.0.0`;
  Object.assign(manifest.dependencies, {
    '@nestjs/microservices': nest,
    '@nestjs/platform-socket.io': nest,
    '@nestjs/platform-ws': nest,
    '@nestjs/websockets': nest,
    'socket.io-client': '^4.0.0',
    ws: '^8.0.0',
  });
  manifest.devDependencies['@types/ws'] = '^8.0.0';
  if (line.version === 11) {
    for (const name of Object.keys(manifest.dependencies)) {
      if (name.startsWith('@nestjs/')) manifest.dependencies[name] = nest;
    }
    Object.assign(manifest.dependencies, ON_NEST_11);
  }
  manifest.type = line.type;
  return manifest;
}

function bareManifest(): Manifest {
  const own = readManifest(root) as Manifest & {
    peerDependencies: Record<string, string>;
    peerDependenciesMeta: Record<string, unknown>;
  };
  const needed = Object.keys(own.peerDependencies).filter(
    (name) => !Object.hasOwn(own.peerDependenciesMeta, name),
  );
  const dependencies = Object.fromEntries(
    [...needed, '@nestjs/platform-express'].map((name) => [
      name,
      own.devDependencies[name] ?? own.dependencies[name] ?? '',
    ]),
  );
  const shop = readManifest(join(root, 'examples/monolith'));
  dependencies['better-sqlite3'] = shop.dependencies['better-sqlite3'] ?? '';
  const { typescript = '', '@types/node': node = '' } = own.devDependencies;
  const devDependencies = { typescript, '@types/node': node };
  const { overrides = {} } = shop;
  return { type: 'module', dependencies, devDependencies, overrides };
}

export function compile(directory: string, include: readonly string[], options: object = {}): void {
  const config = JSON.parse(
    readFileSync(join(root, 'examples/monolith/tsconfig.json'), 'utf8'),
  ) as { compilerOptions: object };
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...config.compilerOptions, ...options }, include }),
  );
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(directory, 'node_modules/typescript/bin/tsc'), '-p', '.'],
    { cwd: directory, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the host does not compile:\n${stdout}`);
}

/** Runs a file's tests in an installed host; returns the counts of `node --test` and its output. */
export function runTests(
  directory: string,
  file: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ passed: number; failed: number; output: string }> {
  const child = spawn(nodeOfTheProduct, ['--test', '--test-reporter=tap', file], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...LESS_WORK, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  guardChild(child);
  const limit = setTimeout(() => child.kill('SIGKILL'), TEST_RUN_LIMIT_MS);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  // A run that was interrupted has no such line, and counts as failed.
  const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)`, 'm').exec(output)?.[1]);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(limit);
      resolve({ passed: count('pass'), failed: count('fail'), output });
    });
  });
}

/**
 * The folder of a host, with the SQLite driver for the Node that runs it. `npm test` keeps it in the folder TEST_HOSTS
 * for its next run of these tests, on another Node.
 */
async function installOnce(
  name: string,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const { TEST_HOSTS: kept } = process.env;
  const directory = kept ? join(kept, name) : temporaryDirectory(name);
  const isFilled = join(directory, '.filled');
  if (!existsSync(isFilled)) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    await fill(directory);
    writeFileSync(isFilled, '');
  }
  layDriver(directory);
  return directory;
}

async function install(directory: string, manifest: Manifest): Promise<void> {
  cpSync(await packedPackage(), join(directory, 'nest-gatehouse.tgz'));
  manifest.dependencies['nest-gatehouse'] = 'file:nest-gatehouse.tgz';
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest, null, 2));
  npm(directory, ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']);
  const chosen = majorOf(join(directory, 'node_modules/better-sqlite3'));
  if (chosen !== majorOf(driverOfTheProduct())) {
    throw new Error(`npm has chosen better-sqlite3 ${chosen}, which this Node cannot run`);
  }
}

/** Copies the driver that is already built here; building it would take a minute and a half each time. */
function layDriver(directory: string): void {
  const driver = join(directory, 'node_modules/better-sqlite3');
  rmSync(driver, { recursive: true });
  cpSync(driverOfTheProduct(), driver, { recursive: true });
}

/** Folder of the driver; the same choice as in src/server/database/engines/sqlite/sqlite-driver.ts. */
function driverOfTheProduct(): string {
  const program = ['-p', 'process.versions.node'];
  const version = execFileSync(nodeOfTheProduct, program, { encoding: 'utf8' });
  const name = Number.parseInt(version) >= 22 ? 'better-sqlite3' : 'better-sqlite3-12';
  return join(root, 'node_modules', name);
}

function majorOf(directory: string): number {
  return Number.parseInt(readManifest(directory).version ?? '');
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
}

function npm(cwd: string, args: readonly string[]): void {
  execFileSync('npm', [...args, '--loglevel=error'], {
    cwd,
    // The first Node of PATH runs npm, and npm installs packages for that Node.
    env: { ...process.env, PATH: [dirname(nodeOfTheProduct), process.env.PATH].join(delimiter) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
