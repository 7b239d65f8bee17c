/**
 * Builds src/users/password-policy/common-password-list.cjs, the offline deny list of S-09.
 *
 *   node scripts/build-common-passwords.mjs LIST [LIST ...] > src/users/password-policy/common-password-list.cjs
 *
 * Each LIST is a file of passwords, most common first: a JSON array of strings, or text with one
 * password per line. Earlier LISTs have priority: the rank is that in the first list that names a
 * password. The same input always gives the same output: no date, no randomness.
 *
 * The list that is checked in was built from one file:
 *
 *   npm pack @zxcvbn-ts/language-common@4.1.3 && tar xzf zxcvbn-ts-language-common-4.1.3.tgz
 *   node scripts/build-common-passwords.mjs package/src/passwords.json
 *
 * Another source needs a licence that permits redistribution, and its line in SOURCES.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';

const SOURCES = [
  '@zxcvbn-ts/language-common 4.1.3 (npm), src/passwords.json, MIT licence,',
  'Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc., Copyright (c) 2021 @zxcvbn-ts;',
  'permission notice in common-password-list.LICENSE.txt; most common first in public leaks.',
];

// The minimum and the default of the length rule (S-01): no shorter password can ever be chosen.
const FLOOR = 8;
const LONG = 15;
const MAX_SHORT = 10_000;
const MAX_PAIRS = 5_000;
const PAIR_POOL = 400;
const REPEAT_POOL = 2_000;
const MAX_DERIVED_LENGTH = 32;

const lists = process.argv.slice(2);
if (lists.length === 0) {
  process.stderr.write('usage: build-common-passwords.mjs LIST [LIST ...]\n');
  process.exit(2);
}

const ranked = [...new Set(lists.flatMap(readList))];
const leakedShort = ranked
  .filter((word) => codePoints(word) >= FLOOR && codePoints(word) < LONG)
  .slice(0, MAX_SHORT);
const leakedLong = ranked.filter((word) => codePoints(word) >= LONG);

const taken = new Set([...leakedShort, ...leakedLong]);
const repeated = claim(repeatedWords(ranked.slice(0, REPEAT_POOL)));
const walks = claim(keyboardWalks());
const pairs = claim(joinedPairs(ranked.slice(0, PAIR_POOL)), MAX_PAIRS);

const entries = [...taken].toSorted(); // by UTF-16 code unit: the same on every machine
const malformed = entries.find((word) => /[`\\\p{Cc}\p{Cs}]|\$\{/u.test(word));
if (malformed !== undefined) {
  throw new Error(`an entry has no place in a template literal: ${JSON.stringify(malformed)}`);
}

const header = [
  'Commonly used passwords, compared whole and case-folded with every new password (S-09).',
  'Built by scripts/build-common-passwords.mjs; do not edit. A deny list: deliberately unfiltered.',
  '',
  `Source: ${SOURCES[0]}`,
  ...SOURCES.slice(1).map((line) => `  ${line}`),
  '',
  `${entries.length} entries, of which ${leakedShort.length + leakedLong.length} are in the source:`,
  `  ${leakedShort.length} of ${FLOOR} to ${LONG - 1} code points, the most common first;`,
  `  ${leakedLong.length} of ${LONG} or more code points, all that the source has.`,
  `The other ${repeated + walks + pairs} are NOT from a leak. This source holds few long passwords, so these`,
  `are derived, each of ${LONG} or more code points, after what guessing tools try:`,
  `  ${repeated} repeat one of the ${REPEAT_POOL} most common entries as often as it takes, and once more;`,
  `  ${walks} are keyboard walks, letter and digit sequences and one repeated character;`,
  `  ${pairs} join two of the ${PAIR_POOL} most common entries, most common pairs first.`,
];
process.stdout.write(
  `'use strict';

${header.map((line) => `// ${line}`.trimEnd()).join('\n')}

exports.commonPasswordText = () => \`\\
${entries.join('\n')}\`;
`,
);

function readList(path) {
  const text = readFileSync(path, 'utf8');
  const words = path.endsWith('.json') ? JSON.parse(text) : text.split(/\r?\n/);
  return words.map((word) => word.normalize('NFC').toLowerCase()).filter((word) => word !== '');
}

function codePoints(word) {
  return [...word].length;
}

/** Takes up to `limit` candidates that are long enough and new; returns how many it took. */
function claim(candidates, limit = Infinity) {
  const before = taken.size;
  for (const word of candidates) {
    if (taken.size - before >= limit) break;
    if (codePoints(word) >= LONG && codePoints(word) <= MAX_DERIVED_LENGTH) taken.add(word);
  }
  return taken.size - before;
}

function repeatedWords(words) {
  return words.flatMap((word) => {
    const times = Math.max(2, Math.ceil(LONG / codePoints(word)));
    return [word.repeat(times), word.repeat(times + 1)];
  });
}

/** Ordered by the sum of both ranks, so that a limit keeps the likeliest pairs. */
function* joinedPairs(words) {
  for (let sum = 0; sum <= 2 * (words.length - 1); sum += 1) {
    for (let first = Math.max(0, sum - words.length + 1); first < words.length; first += 1) {
      if (first > sum) break;
      if (first !== sum - first) yield words[first] + words[sum - first];
    }
  }
}

function* keyboardWalks() {
  const digits = '1234567890';
  const rows = {
    qwerty: ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'],
    qwertz: ['qwertzuiop', 'asdfghjkl', 'yxcvbnm'],
    azerty: ['azertyuiop', 'qsdfghjklm', 'wxcvbn'],
  };
  const lines = [
    'abcdefghijklmnopqrstuvwxyz',
    digits.repeat(4),
    `0${digits.slice(0, 9)}`.repeat(4),
  ];
  for (const [top, middle, bottom] of Object.values(rows)) {
    const columns = [...bottom].map((key, i) => digits[i] + top[i] + middle[i] + key);
    lines.push(
      top + middle + bottom,
      digits + top + middle + bottom,
      bottom + middle + top,
      columns.join(''),
      columns.map(reverse).join(''),
      columns.map((column, i) => (i % 2 === 0 ? column : reverse(column))).join(''),
      [...top].map((key, i) => digits[i] + key).join(''),
      [...top].map((key, i) => key + digits[i]).join(''),
      [...top].map((key, i) => key + (middle[i] ?? '')).join(''),
    );
  }
  for (const walk of lines.flatMap((line) => [line, reverse(line)])) {
    for (let start = 0; start + LONG <= walk.length; start += 1) {
      for (let end = start + LONG; end <= walk.length; end += 1) yield walk.slice(start, end);
    }
  }
  for (const key of 'abcdefghijklmnopqrstuvwxyz0123456789') {
    for (let times = LONG; times <= 24; times += 1) yield key.repeat(times);
  }
}

function reverse(word) {
  return [...word].toReversed().join('');
}
