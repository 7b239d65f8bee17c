// An application that installs the packed package, as its users do: nothing of the sources is in reach.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { guardChild, temporaryDirectory } from './cleanup.js';
import { nodeOfTheProduct } from './node.js';

const root = join(import.meta.dirname, '../..');

/** Ends a run that hangs; a busy machine needs minutes. */
export const TEST_RUN_LIMIT_MS = 8 * 60_000;

/** A version of Nest and the module system that its applications are written in. */
export interface NestLine {
  readonly version: 11 | 12;
  readonly type: 'commonjs' | 'module';
}

interface Manifest {
  type: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  overrides?: object;
}

interface Installed {
  readonly version: string;
}

/** What the shop's packages are called where Nest 11 is meant. */
const ON_NEST_11: Readonly<Record<string, string>> = {
  '@nestjs/apollo': '^13.0.0',
  '@nestjs/graphql': '^13.0.0',
  'class-validator': '^0.14.1',
};

/** Packs the package, as `npm publish` would, and says where it lies. */
export function packPackage(): string {
  const directory = temporaryDirectory('package');
  const output = npm(root, ['pack', '--json', '--pack-destination', directory]);
  const [{ filename = '' } = {}] = JSON.parse(output) as { filename?: string }[];
  return join(directory, filename);
}

/**
 * Installs the example of a monolith and the hosts of `test/embedding/host` for a version of Nest, and
 * compiles both.
 */
export function installShop(tarball: string, line: NestLine): string {
  const directory = temporaryDirectory(`nest-${line.version}`);
  cpSync(join(root, 'examples/monolith'), directory, {
    recursive: true,
    filter: (path) => !/node_modules|dist|package-lock/.test(path.slice(root.length)),
  });
  cpSync(join(root, 'test/embedding/host'), join(directory, 'host'), { recursive: true });
  const manifest = readManifest(directory);
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
  install(directory, manifest, tarball);
  compile(directory, ['src', 'test', 'host', 'ormconfig.ts']);
  return directory;
}

/** An application with nothing but what the package says it needs, and a driver. */
export function installBareHost(tarball: string): string {
  const directory = temporaryDirectory('bare-host');
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
  install(directory, { type: 'module', dependencies, devDependencies, overrides }, tarball);
  return directory;
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

/** Runs a file's tests in an installed host; the numbers that `node --test` counts, and what it printed. */
export function runTests(
  directory: string,
  file: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ passed: number; failed: number; output: string }> {
  const child = spawn(nodeOfTheProduct, ['--test', '--test-reporter=tap', file], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  guardChild(child);
  const limit = setTimeout(() => child.kill('SIGKILL'), TEST_RUN_LIMIT_MS);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  // A run that was cut off has no such line, and counts as failed.
  const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)`, 'm').exec(output)?.[1]);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(limit);
      resolve({ passed: count('pass'), failed: count('fail'), output });
    });
  });
}

function install(directory: string, manifest: Manifest, tarball: string): void {
  mkdirSync(directory, { recursive: true });
  cpSync(tarball, join(directory, 'nest-gatehouse.tgz'));
  manifest.dependencies['nest-gatehouse'] = 'file:nest-gatehouse.tgz';
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest, null, 2));
  npm(directory, ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']);
  const driver = join(directory, 'node_modules/better-sqlite3');
  const { version } = JSON.parse(readFileSync(join(driver, 'package.json'), 'utf8')) as Installed;
  if (!version.startsWith('12.')) return;
  // Built already here; building it anew would take a minute and a half each time.
  cpSync(join(root, 'node_modules/better-sqlite3-12'), driver, { recursive: true, force: true });
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
}

function npm(cwd: string, args: readonly string[]): string {
  return execFileSync('npm', [...args, '--loglevel=error'], {
    cwd,
    // npm is run by the first Node of PATH, and installs what that Node can load.
    env: { ...process.env, PATH: [dirname(nodeOfTheProduct), process.env.PATH].join(delimiter) },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
