import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

export const docs = join(import.meta.dirname, '../docs');

/** Replaces the figures that one script of package.json has written into docs/performance.md. */
export async function writeFigures(script: string, figures: string): Promise<void> {
  const file = join(docs, 'performance.md');
  const begin = `<!-- figures: written by \`npm run ${script}\` -->`;
  const end = '<!-- end of figures -->';
  const [before = '', rest] = readFileSync(file, 'utf8').split(begin);
  if (rest === undefined) throw new Error(`${file} has no place for the figures of ${script}`);
  const after = rest.slice(rest.indexOf(end));
  const written = `${before}${begin}\n\n${figures}\n\n${after}`;
  writeFileSync(file, await format(written, { ...(await resolveConfig(file)), filepath: file }));
}

/** Date and machine of a run. */
export function runCircumstances(): string {
  const processors = cpus();
  const model = processors[0]?.model ?? 'unknown';
  return `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${model} (${processors.length} cores)`;
}

export function table(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [title, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
