// An application that `nest new` makes, with the lines of the README written into it, run by its own scripts.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createTestDatabase, type DatabaseKind } from '../support/database.js';
import { freePort } from '../support/free-port.js';
import { runScript, startProgram } from '../support/host-programs.js';
import { folderIn, install, preparedHosts, type Installation } from '../support/installed-host.js';
import { eventually, PATIENCE_MS } from '../support/patience.js';

export interface TemplateHost {
  readonly title: string;
  readonly installation: Installation;
  /** Its module system: a folder that `scripts/install-hosts.mjs` generates. */
  readonly template: 'commonjs' | 'module';
  readonly database: DatabaseKind;
  /** Runs its scripts and itself. */
  readonly node: string;
  /** Folders of `test/embedding/template` that are laid over it, beside `common`. */
  readonly layers: readonly ('express' | 'fastify' | 'globals')[];
  /** Members of `compilerOptions` that it has in place of the template's; `undefined` removes one. */
  readonly compilerOptions?: Readonly<Record<string, unknown>>;
  /** Plug-ins of the Nest compiler, which runs only where there is one: Jest and Vitest compile for themselves. */
  readonly plugins?: readonly string[];
}

interface Configuration {
  compilerOptions: Record<string, unknown>;
}

const DATA_SOURCES: Readonly<Record<DatabaseKind, string>> = {
  sqlite: "type: 'better-sqlite3', database: ':memory:'",
  mariadb: "type: 'mysql', url: process.env.DATABASE_URL, charset: 'utf8mb4'",
  postgres: "type: 'postgres', url: process.env.DATABASE_URL",
};

/** TypeORM 0.3 ignores missing values in conditions unless it is told to refuse them. */
const ON_TYPEORM_0_3 = "invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' }";

/** Writes the application into a folder of its installation; returns that folder. */
export async function createHost(name: string, host: TemplateHost): Promise<string> {
  const { installation, template, compilerOptions, plugins } = host;
  const directory = folderIn(await install(installation), name);
  const created = join(await preparedHosts(lineOf(installation)), template);
  cpSync(created, directory, { recursive: true });
  for (const layer of ['common', ...host.layers]) {
    lay(join(import.meta.dirname, 'template', layer), directory, template === 'module');
  }
  const members = [
    DATA_SOURCES[host.database],
    ...(isOld(installation) ? [ON_TYPEORM_0_3] : []),
  ].join(', ');
  const dataSource = `export const database = { ${members} } as const;\n`;
  writeFileSync(join(directory, 'src/database.ts'), dataSource);
  change(join(directory, 'tsconfig.json'), (options) => Object.assign(options, compilerOptions));
  if (plugins) change(join(directory, 'nest-cli.json'), (options) => (options.plugins = plugins));
  return directory;
}

/**
 * Runs its own scripts `test` and `test:e2e`; returns how many tests passed in each. The unit tests know no database, so
 * that the hosts on TypeORM 0.3 leave them to the others.
 */
export async function runItsTests(
  directory: string,
  { database, template, node, installation }: TemplateHost,
): Promise<{ unit: number; e2e: number }> {
  const host = { directory, node };
  const env = await environment(database);
  const limits = [`--testTimeout=${PATIENCE_MS}`];
  // One process for all files of Vitest, because each would load Nest again.
  if (template === 'module')
    limits.push(`--hookTimeout=${PATIENCE_MS}`, '--no-isolate', '--no-file-parallelism');
  return {
    unit: isOld(installation) ? 0 : passedIn(await runScript(host, 'test', env, limits)),
    e2e: passedIn(await runScript(host, 'test:e2e', env, limits)),
  };
}

/** Runs its own script `build`, and starts what that has made; returns its address. */
export async function buildAndServe(
  directory: string,
  { database, node }: TemplateHost,
): Promise<{ url: string }> {
  const host = { directory, node };
  await runScript(host, 'build');
  const port = await freePort();
  const env = { ...(await environment(database)), PORT: String(port) };
  const output = startProgram(host, 'dist/main.js', env);
  const url = `http://127.0.0.1:${port}`;
  await eventually(() =>
    fetch(url).catch((cause: unknown) => {
      throw new Error(`the host did not open:\n${output()}`, { cause });
    }),
  );
  return { url };
}

async function environment(database: DatabaseKind): Promise<Record<string, string>> {
  const { url, secret } = await createTestDatabase(database);
  return { DATABASE_URL: url, GATEHOUSE_SECRET: secret };
}

/** Copies the files of a folder, with the names and the imports that the template's module system asks for. */
function lay(from: string, to: string, isModule: boolean): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, source.slice(from.length))
      // Under these names our own Jest would run them.
      .replace('.unit.ts', '.spec.ts')
      .replace('.e2e.ts', '.e2e-spec.ts');
    const text = readFileSync(source, 'utf8');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, isModule ? text.replaceAll(/from '(\.[^']+)'/g, "from '$1.js'") : text);
  }
}

function isOld(installation: Installation): boolean {
  return installation !== lineOf(installation);
}

function lineOf(installation: Installation) {
  return installation.startsWith('nest-11') ? 'nest-11' : 'nest-12';
}

function change(file: string, edit: (options: Record<string, unknown>) => void): void {
  const configuration = JSON.parse(readFileSync(file, 'utf8')) as Configuration;
  edit(configuration.compilerOptions);
  writeFileSync(file, JSON.stringify(configuration, null, 2));
}

/** From the last line of Jest or Vitest. */
function passedIn(output: string): number {
  return Number(/^ *Tests:? +(\d+) passed/m.exec(output)?.[1] ?? Number.NaN);
}
