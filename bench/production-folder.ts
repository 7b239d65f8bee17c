import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../test/support/cleanup.ts';

const script = join(import.meta.dirname, '../scripts/build-service.mjs');

/** Measures the folder that `npm run build:service` creates: the bundle and the packages beside it. */
export function productionFolder(): { readonly packages: number; readonly megabytes: number } {
  const directory = temporaryDirectory('service');
  execFileSync(process.execPath, [script, directory]);
  const size = execFileSync('du', ['-sk', '.'], { cwd: directory, encoding: 'utf8' });
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const packages = files.filter((file) => isPackage.test(file)).length;
  return { packages, megabytes: Number.parseInt(size, 10) / 1024 };
}

const isPackage = /node_modules\/(@[^/]+\/)?[^@/]+\/package\.json$/;
