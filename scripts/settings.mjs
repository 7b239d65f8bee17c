// Writes the rows of the settings into the files that list them: `.env.example` and the table of options in
// docs/embedding.md.
//
//   npm run settings              writes both
//   npm run settings -- --check   fails where one of them says something else
import { readFileSync, writeFileSync } from 'node:fs';
import { SETTING_GROUPS } from '../dist/common/settings/settings.js';
import { ENV_GROUPS } from '../dist/server/config/env-settings.js';

const root = new URL('..', import.meta.url);

const head = `## Every setting with its default. Copy this file to .env and take the # off what you change;
## an empty value counts as unset, and commas separate the items of a list.`;
const begin = '<!-- options: written by `npm run settings` -->';
const end = '<!-- end of options -->';
const columns = ['option (`useFactory`)', 'default', 'variable of the service', 'meaning'];

write('.env.example', envExample);
write('docs/embedding.md', withOptions);

function write(name, textOf) {
  const file = new URL(name, root);
  const present = readFileSync(file, 'utf8');
  const text = textOf(present);
  if (!process.argv.includes('--check')) return writeFileSync(file, text);
  if (text === present) return;
  console.error(`${name} does not say what the settings say: npm run settings`);
  process.exitCode = 1;
}

function envExample() {
  const blocks = Object.entries(ENV_GROUPS).map(([heading, rows]) =>
    [
      `## ${heading}`,
      ...Object.entries(rows).map(
        ([name, row]) => `# ${row.description}\n#${name}=${row.default ?? ''}`,
      ),
    ].join('\n\n'),
  );
  return `${[head, ...blocks].join('\n\n')}\n`;
}

function withOptions(page) {
  const [before, rest] = page.split(begin);
  const [, after] = rest.split(end);
  return `${before}${begin}\n\n${optionsTable()}\n\n${end}${after}`;
}

function optionsTable() {
  const rows = entriesOf(SETTING_GROUPS).map(([option, row]) => [
    `\`${option}\``,
    row.unset ?? (inCode(row.default) || 'none'),
    inCode(row.variable ?? correspondingVariable(option)),
    row.description,
  ]);
  const widths = columns.map((_, column) =>
    Math.max(...[columns, ...rows].map((cells) => cells[column].length)),
  );
  const line = (cells, fill) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  return [line(columns, ' '), line([], '-'), ...rows.map((cells) => line(cells, ' '))].join('\n');
}

/** The variable that does in the service what the option does in a host. */
function correspondingVariable(option) {
  return entriesOf(ENV_GROUPS).find(([, row]) => row.option === option)?.[0];
}

function entriesOf(groups) {
  return Object.values(groups).flatMap((rows) => Object.entries(rows));
}

function inCode(value) {
  const text = String(value ?? '');
  return text && `\`${text}\``;
}
