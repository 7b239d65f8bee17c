import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { textFiles } from './source-files.js';

const script = join(import.meta.dirname, '../../scripts/other-node.mjs');

it('each suite that the lists for another Node name exists', async () => {
  const { HOSTS, HOSTS_ON_NEWEST, IN_TURN, ON_NEWEST } = (await import(script)) as Record<
    string,
    readonly string[]
  >;
  const listed = [HOSTS, HOSTS_ON_NEWEST, IN_TURN, ON_NEWEST].flatMap((list = []) => list);
  const files = textFiles('test', /\.e2e-spec\.ts$/).map(
    ({ name }) => `test/${name.replaceAll('\\', '/')}`,
  );
  expect(listed.length).toBeGreaterThan(0);
  expect(listed.filter((beginning) => !files.some((file) => file.startsWith(beginning)))).toEqual(
    [],
  );
});
