// Applications that install the packed package, as its users do, without access to the sources.
import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from './cleanup.js';
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
  peerDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  overrides?: object;
}

/**
 * A version of Nest with its packages, the packed package laid over what npm knows of it, and a line of TypeORM: the one
 * that was asked for last. TEST_HOSTS keeps the folder for the next run.
 */
export async function install(name: Installation): Promise<string> {
  const line = name.startsWith('nest-11') ? 'nest-11' : 'nest-12';
  const directory = await preparedHosts(line);
  const packages = join(directory, 'node_modules');
  const own = join(packages, 'nest-gatehouse');
  rmSync(own, { recursive: true });
  mkdirSync(own);
  await run('tar', ['-xzf', await packedPackage(), '-C', own, '--strip-components=1']);
  const [typeOrm, other] = ['typeorm', 'other-typeorm'].map((each) => join(packages, each)) as [
    string,
    string,
  ];
  if ((majorOf(typeOrm) === 0) !== (name !== line)) {
    const aside = join(directory, 'typeorm-aside');
    renameSync(typeOrm, aside);
    renameSync(other, typeOrm);
    renameSync(aside, other);
  }
  return directory;
}

/** What `scripts/install-hosts.mjs` makes: all packages, and new applications. */
export async function preparedHosts(line: NestLine): Promise<string> {
  const directory = join(folderOfHosts(), line);
  if (!existsSync(join(directory, '.prepared')) || !isOfThisPackage(directory)) {
    await run(process.execPath, ['scripts/install-hosts.mjs', dirname(directory), line], {
      cwd: root,
    });
    expectDriver(directory, process.execPath);
  }
  return directory;
}

/** Whether npm chose these packages for what the package needs now. */
function isOfThisPackage(directory: string): boolean {
  const needs = (manifest: Manifest) =>
    JSON.stringify([manifest.dependencies, manifest.peerDependencies]);
  return needs(readManifest(join(directory, 'own-manifest'))) === needs(readManifest(root));
}

/** An application with only the package's required dependencies, and a driver, installed on a Node from the tarball. */
export async function installBareHost(node: string): Promise<string> {
  const directory = join(folderOfHosts(), 'bare-host');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  cpSync(await packedPackage(), join(directory, 'nest-gatehouse.tgz'));
  writeFileSync(join(directory, 'package.json'), JSON.stringify(bareManifest(), null, 2));
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  // The first Node of PATH runs npm, and npm installs packages for that Node.
  const env = { ...process.env, PATH: pathWith(node) };
  await run('npm', ['install', ...flags, '--loglevel=error'], { cwd: directory, env });
  expectDriver(directory, node);
  return directory;
}

/** A folder for an application inside an installation, whose packages it finds under `node_modules`. */
export function folderIn(installation: string, name: string): string {
  const directory = join(installation, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  symlinkSync(join(installation, 'node_modules'), join(directory, 'node_modules'));
  return directory;
}

function bareManifest(): Omit<Manifest, 'peerDependencies'> {
  const own = readManifest(root) as Manifest & {
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
 * Copies the driver for a Node that is already built here; building it would take a minute and a half each time. Does
 * nothing where the folder has it, so that each program can ask for the one of its Node.
 */
export function layDriver(directory: string, node: string): void {
  const driver = join(directory, 'node_modules/better-sqlite3');
  const source = driverOf(node);
  const laid = join(driver, '.laid-from');
  if (existsSync(laid) && readFileSync(laid, 'utf8') === source) return;
  rmSync(driver, { recursive: true });
  cpSync(source, driver, { recursive: true });
  writeFileSync(laid, source);
}

function expectDriver(directory: string, node: string): void {
  const chosen = majorOf(join(directory, 'node_modules/better-sqlite3'));
  if (chosen !== majorOf(driverOf(node))) {
    throw new Error(`npm has chosen better-sqlite3 ${chosen}, which this Node cannot run`);
  }
}

/** Folder of the driver; the same choice as in src/server/database/engines/sqlite/sqlite-driver.ts. */
function driverOf(node: string): string {
  return join(root, 'node_modules', lineOf(node) >= 22 ? 'better-sqlite3' : 'better-sqlite3-12');
}

const lines = new Map([[process.execPath, Number.parseInt(process.versions.node)]]);

function lineOf(node: string): number {
  const program = ['-p', 'process.versions.node'];
  const line =
    lines.get(node) ?? Number.parseInt(execFileSync(node, program, { encoding: 'utf8' }));
  lines.set(node, line);
  return line;
}

function majorOf(directory: string): number {
  return Number.parseInt(readManifest(directory).version ?? '');
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
}

/** A PATH on which `node` is this one. */
export function pathWith(node: string): string {
  return [dirname(node), process.env.PATH].join(delimiter);
}
