import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR } from '../../src/common/errors/error-codes.js';
import { lockedRoutes, type LockedRoute } from '../authorization/manifest.js';
import { textFiles, type SourceFile } from './source-files.js';

const root = join(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

const NOT_BUILT = '_(not built yet)_';
const contract = read('docs/contract.md');
const lines = contract.split('\n');

interface Requirement {
  readonly id: string;
  readonly level: string;
  readonly status: string;
}

const requirements: Requirement[] = tableRows(read('docs/security-requirements.md'))
  .filter(([id]) => id?.startsWith('S-'))
  .map(([id = '', level = '', , status = '']) => ({ id, level, status }));

const files: SourceFile[] = [
  ...['src', 'test', 'bench', 'docs', 'scripts', 'examples/monolith/src'].flatMap((folder) =>
    textFiles(folder, /\.(ts|mjs|md|txt)$/).map(({ name, text }) => ({
      name: `${folder}/${name}`,
      text,
    })),
  ),
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'].map((name) => ({
    name,
    text: read(name),
  })),
];
const isTest = ({ name }: SourceFile) => name.startsWith('test/') || name.endsWith('.spec.ts');

describe('the rules that code, tests and documents cite', () => {
  it('are requirements that exist', () => {
    const known = new Set(requirements.map(({ id }) => id));
    expect(cited(requirementsIn, (id) => !known.has(id))).toEqual([]);
  });

  it('are sections of the contract that exist', () => {
    const known = new Set([...contract.matchAll(/^## (\d)\. /gm)].map(([, number]) => number));
    expect([...known]).toHaveLength(8);
    expect(cited(sectionsIn, (number) => !known.has(number))).toEqual([]);
  });
});

describe('the security requirements', () => {
  it('are numbered from 1 without a gap, each with a level and a status', () => {
    const numbers = requirements.map(({ id }) => Number(id.slice(2))).toSorted((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(numbers.length).toBeGreaterThan(200);
    for (const { id, level, status } of requirements) {
      expect(`${id} ${level}`).toMatch(/^S-\d{2,3} L[123]↑?$/);
      expect(`${id} ${status}`).toMatch(/ (holds|(in part|not yet): \S.*)$/);
    }
  });

  it('of level L1 that hold are each cited by a test', () => {
    const tested = new Set(files.filter(isTest).flatMap(({ text }) => requirementsIn(text)));
    const untested = requirements.filter(
      ({ id, level, status }) => level.startsWith('L1') && status === 'holds' && !tested.has(id),
    );
    expect(untested.map(({ id }) => id)).toEqual([]);
  });
});

describe('the contract', () => {
  it('names every existing route, and marks every other one as not built', () => {
    const named = lines.flatMap((line) =>
      [...line.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) \/[^` ]+)`/g)].map(([, route = '']) => ({
        route,
        isBuilt: !line.includes(NOT_BUILT),
      })),
    );
    const built = new Set(named.filter(({ isBuilt }) => isBuilt).map(({ route }) => route));
    expect([...built].toSorted()).toEqual(lockedRoutes().map(nameOf).toSorted());
    const planned = named.filter(({ isBuilt }) => !isBuilt).map(({ route }) => route);
    expect(planned.filter((route) => built.has(route))).toEqual([]);
  });

  it('states the scopes that each route in its tables needs', () => {
    const needs = new Map(lockedRoutes().map((route) => [`\`${nameOf(route)}\``, needsOf(route)]));
    const rows = tableRows(contract).filter(([call = '']) => needs.has(call));
    expect(rows.length).toBeGreaterThan(25);
    for (const [call = '', need] of rows) expect([call, need]).toEqual([call, needs.get(call)]);
  });

  it('lists the error codes of the catalogue, and marks every other one as not built', () => {
    const listed = tableRows(contract)
      .filter((cells) => /^\d{5}$/.test(cells[0] ?? '') && !cells.join('').includes(NOT_BUILT))
      .map(([code, status, message]) => `${code} ${status} ${message}`);
    const catalogue = Object.values(ERROR).map(
      ({ code, status, message }) => `${code} ${status} ${message}`,
    );
    expect(listed).toEqual(catalogue);
  });
});

/** `S-57`, and every number from the first to the last of `S-36 … S-38`. */
function requirementsIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w-])S-(\d+)(?: ?(?:…|\.\.\.|–|to) ?S-(\d+))?/g)].flatMap(
    ([, first, last = first]) =>
      Array.from(
        { length: Number(last) - Number(first) + 1 },
        (_, index) => `S-${String(Number(first) + index).padStart(2, '0')}`,
      ),
  );
}

function sectionsIn(text: string): string[] {
  const citations = text.matchAll(/\bcontract,? §(\d+)|§(\d+) of the (?:wire )?contract/gi);
  return [...citations].map(([, behind, before]) => behind ?? before ?? '');
}

/** The files that cite a wrong rule. A citation may continue on the next line. */
function cited(rulesIn: (text: string) => string[], isWrong: (rule: string) => boolean): string[] {
  return files.flatMap(({ name, text }) =>
    rulesIn(text.replaceAll(/\s*\n\s*(?:(?:\/\/|\*|#) )?/g, ' '))
      .filter(isWrong)
      .map((rule) => `${name}: ${rule}`),
  );
}

function tableRows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split('|')
        .map((cell) => cell.trim()),
    );
}

function nameOf({ method, path }: LockedRoute): string {
  return `${method} ${path}`;
}

function needsOf({ takes, scopes }: LockedRoute): string {
  if (takes === 'everyone') return 'public';
  const names = scopes.map((scope) => `\`${scope}\``).join(', ') || 'any';
  return takes === 'user' ? `${names}, users only` : names;
}
