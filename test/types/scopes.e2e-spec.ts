import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const compiler = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc');

describe('defineScopes', () => {
  it('lets only correctly spelt names compile', () => {
    const project = join(import.meta.dirname, 'host');
    const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', project], {
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, '']);
  });
});
