// Applications that install the packed package, as its users do, without access to the sources.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from './cleanup.js';
import { nodeOfTheProduct } from './node.js';
import { packedPackage } from './shared-service.js';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Ends an installation that hangs; a busy machine needs minutes. */
export const INSTALL_LIMIT_MS = 20 * 60_000;

/** A major version of Nest. */
export type NestLine = 'nest-11' | 'nest-12';

/** The packages of a version of Nest, with TypeORM 1 or 0.3. */
export type Installation = NestLine | `${NestLine}-typeorm-0.3`;

interface Manifest {
  version?: string;
  type: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  overrides?: object;
}

/**
 * Installs the packages of a version of Nest, the package last, as `npm install` adds it to an application. For TypeORM
 * 0.3 npm replaces TypeORM in a copy of the same folder. The folder TEST_HOSTS keeps them for the next run, for which
 * another package is installed over the one in it.
 */
export function install(name: Installation): Promise<string> {
  return once(name, async (directory) => {
    const line = name.replace('-typeorm-0.3', '') as NestLine;
    if (line !== name) {
      const usual = await install(line);
      linkTree(usual, directory);
      cpSync(join(usual, 'nest-gatehouse.tgz'), join(directory, 'nest-gatehouse.tgz'));
      return npm(directory, ['install', 'typeorm@^0.3.20']);
    }
    linkTree(await preparedHosts(line), directory);
    cpSync(await packedPackage(), join(directory, 'nest-gatehouse.tgz'));
    await npm(directory, ['install', './nest-gatehouse.tgz']);
    // The present Node has chosen the driver, which another one gets below.
    if (nodeOfTheProduct === process.execPath) expectDriver(directory);
  });
}

/** What `scripts/install-hosts.mjs` makes, which no test changes: all packages but Gatehouse, and new applications. */
export async function preparedHosts(line: NestLine): Promise<string> {
  const directory = join(folderOfHosts(), line);
  if (!existsSync(join(directory, '.prepared'))) {
    await run(process.execPath, ['scripts/install-hosts.mjs', dirname(directory), line], {
      cwd: root,
    });
  }
  return directory;
}

/** An application with only the package's required dependencies, and a driver. */
export function installBareHost(): Promise<string> {
  return once('bare-host', async (directory) => {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    cpSync(await packedPackage(), join(directory, 'nest-gatehouse.tgz'));
    writeFileSync(join(directory, 'package.json'), JSON.stringify(bareManifest(), null, 2));
    await npm(directory, ['install']);
    expectDriver(directory);
  });
}

/** A folder for an application inside an installation, whose packages it finds under `node_modules`. */
export function folderIn(installation: string, name: string): string {
  const directory = join(installation, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  symlinkSync(join(installation, 'node_modules'), join(directory, 'node_modules'));
  return directory;
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
  dependencies['nest-gatehouse'] = 'file:nest-gatehouse.tgz';
  const { typescript = '', '@types/node': node = '' } = own.devDependencies;
  const devDependencies = { typescript, '@types/node': node };
  const { overrides = {} } = shop;
  return { type: 'module', dependencies, devDependencies, overrides };
}

let temporary: string | undefined;

function folderOfHosts(): string {
  return (temporary ??= process.env.TEST_HOSTS || temporaryDirectory('hosts'));
}

/**
 * Fills a folder unless it holds this package, and lays the SQLite driver for the Node that runs the hosts in it. Each Node
 * has folders of its own, since `npm test` runs hosts on two at once.
 */
async function once(name: string, fill: (directory: string) => Promise<void>): Promise<string> {
  const directory = join(folderOfHosts(), `node-${nodeLine()}`, name);
  const filledWith = join(directory, '.filled-with');
  const packed = createHash('sha256')
    .update(readFileSync(await packedPackage()))
    .digest('hex');
  if (!existsSync(filledWith) || readFileSync(filledWith, 'utf8') !== packed) {
    await fill(directory);
    writeFileSync(filledWith, packed);
  }
  layDriver(directory);
  return directory;
}

/** Copies an installation; its packages by links to their files, which npm replaces and never changes. */
function linkTree(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    cpSync(join(from, file), join(to, file));
  linkFolder(join(from, 'node_modules'), join(to, 'node_modules'));
}

function linkFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkFolder(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkSync(source, target);
  }
}

/** Copies the driver that is already built here; building it would take a minute and a half each time. */
function layDriver(directory: string): void {
  const driver = join(directory, 'node_modules/better-sqlite3');
  rmSync(driver, { recursive: true });
  cpSync(driverOfTheProduct(), driver, { recursive: true });
}

function expectDriver(directory: string): void {
  const chosen = majorOf(join(directory, 'node_modules/better-sqlite3'));
  if (chosen !== majorOf(driverOfTheProduct())) {
    throw new Error(`npm has chosen better-sqlite3 ${chosen}, which this Node cannot run`);
  }
}

/** Folder of the driver; the same choice as in src/server/database/engines/sqlite/sqlite-driver.ts. */
function driverOfTheProduct(): string {
  const name = nodeLine() >= 22 ? 'better-sqlite3' : 'better-sqlite3-12';
  return join(root, 'node_modules', name);
}

/** The major version of the Node that runs the hosts. */
function nodeLine(): number {
  if (nodeOfTheProduct === process.execPath) return Number.parseInt(process.versions.node);
  const program = ['-p', 'process.versions.node'];
  return Number.parseInt(execFileSync(nodeOfTheProduct, program, { encoding: 'utf8' }));
}

function majorOf(directory: string): number {
  return Number.parseInt(readManifest(directory).version ?? '');
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
}

async function npm(cwd: string, args: readonly string[]): Promise<void> {
  // The first Node of PATH runs npm, and npm installs packages for that Node.
  const env = { ...process.env, PATH: pathOfTheProduct() };
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', [...args, ...flags, '--loglevel=error'], { cwd, env });
}

/** A PATH on which `node` is the one that runs the hosts. */
export function pathOfTheProduct(): string {
  return [dirname(nodeOfTheProduct), process.env.PATH].join(delimiter);
}
