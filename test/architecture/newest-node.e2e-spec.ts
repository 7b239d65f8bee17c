import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { textFiles } from './source-files.js';

const script = join(import.meta.dirname, '../../scripts/other-node.mjs');

const lists = (await import(script)) as Readonly<Record<string, readonly string[]>>;
const files = textFiles('test', /\.e2e-spec\.ts$/).map(({ name, text }) => ({
  name: `test/${name.replaceAll('\\', '/')}`,
  text,
}));
const isIn = (list: string, name: string) =>
  lists[list]?.some((beginning) => name.startsWith(beginning)) === true;

/** Whether a suite of this file has the one target that runs in turn, SQLite with Fastify. */
function hasTargetInTurn(text: string): boolean {
  const filters = text.match(/\{[^{}]*\b(?:databases|adapters): \[[^{}]*\}/g) ?? [];
  const suites = text.match(/\bdescribe(?:Targets|EachOnce)\(/g) ?? [];
  return (
    suites.length > filters.length ||
    filters.some((filter) =>
      [/\bdatabases: \[(?![^\]]*'sqlite')/, /\badapters: \[(?![^\]]*'fastify')/].every(
        (leftOut) => !leftOut.test(filter),
      ),
    )
  );
}

it('each file that a list for the newest Node names runs there', () => {
  const never = files.filter(
    ({ name, text }) => isIn('IN_TURN', name) && !isIn('ON_NEWEST', name) && !hasTargetInTurn(text),
  );
  expect(never.map(({ name }) => name)).toEqual([]);
  expect(hasTargetInTurn("describeTargets('a', define, { databases: ['mariadb'] })")).toBe(false);
});

it('each suite that the lists for another Node name exists', () => {
  const listed = ['HOSTS', 'IN_TURN', 'ON_NEWEST'].flatMap((list) => lists[list] ?? []);
  expect(listed.length).toBeGreaterThan(0);
  expect(
    listed.filter((beginning) => !files.some(({ name }) => name.startsWith(beginning))),
  ).toEqual([]);
});
