// Builds the contents of the package into `lib`: the files that its two entry points import, and the texts they read.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

rmSync('lib', { recursive: true, force: true });
const compiler = 'node_modules/typescript/bin/tsc';
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.package.json'], {
  // npm pack prints the name of the tarball, so nothing else may be printed to stdout.
  stdio: ['inherit', 2, 2],
});
if (status !== 0) process.exit(1);

for (const file of readdirSync('src', { recursive: true })) {
  const target = join('lib', file);
  if (file.endsWith('.txt') && existsSync(dirname(target))) copyFileSync(join('src', file), target);
}
