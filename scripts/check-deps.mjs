// Checks the direction of imports, and that every source was checked: dependency-cruiser can read no
// file at all (for example with a compiler that it does not support) and report "no violations".
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const roots = ['src', 'ormconfig.ts'].filter((path) => existsSync(path));
const options = await extractOptions('./.dependency-cruiser.cjs');
const { output } = await cruise(roots, options, undefined, {
  tsConfig: extractTSConfig('./tsconfig.json'),
});

const cruised = new Set(output.modules.map(({ source }) => source));
const sources = readdirSync('src', { recursive: true })
  .map((path) => `src/${path.replaceAll('\\', '/')}`)
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
const unseen = sources.filter((path) => !cruised.has(path));

for (const { from, to, rule, cycle } of output.summary.violations) {
  const path = cycle ? cycle.map(({ name }) => name).join(' → ') : to;
  console.error(`${rule.name}: ${from} → ${path}`);
}
for (const path of unseen) console.error(`not checked: ${path}`);
if (sources.length === 0) console.error('not checked: there are no sources');

console.log(
  `${sources.length} sources, ${output.summary.totalDependenciesCruised} imports, ` +
    `${output.summary.violations.length} violations`,
);
if (output.summary.violations.length || unseen.length || !sources.length) process.exit(1);
