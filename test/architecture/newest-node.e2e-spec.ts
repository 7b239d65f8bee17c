import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { textFiles } from './source-files.js';

const script = join(import.meta.dirname, '../../scripts/other-node.mjs');

/** The filter of `describeTargets` for one target. */
const ONE_TARGET = /\{ (?:databases|adapters): \['\w+'\], (?:databases|adapters): \['\w+'\] \}/g;

it('a suite that runs only on the newest Node has one target, because of several only the first would run', async () => {
  const { NEWEST_ONLY } = (await import(script)) as { readonly NEWEST_ONLY: readonly string[] };
  const files = textFiles('test', /\.e2e-spec\.ts$/).map(({ name, text }) => ({
    path: `test/${name.replaceAll('\\', '/')}`,
    text,
  }));
  const chosenBy = (beginning: string) => files.filter(({ path }) => path.startsWith(beginning));
  expect(NEWEST_ONLY.filter((beginning) => chosenBy(beginning).length === 0)).toEqual([]);
  const several = NEWEST_ONLY.flatMap(chosenBy).filter(({ text }) => {
    const suites = text.match(/\bdescribeTargets\(/g) ?? [];
    const ofOne = text.match(ONE_TARGET) ?? [];
    return suites.length > ofOne.length || /\bdescribe(?:EachOnce|OtherPairs)\(/.test(text);
  });
  expect(several.map(({ path }) => path)).toEqual([]);
});
