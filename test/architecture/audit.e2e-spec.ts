import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';

const script = join(import.meta.dirname, '../../scripts/audit.mjs');

/** Runs the audit with an npm whose `npm audit` prints this. */
function audit(report: string): { status: number | null; output: string } {
  const directory = temporaryDirectory('audit');
  const npm = join(directory, 'npm');
  writeFileSync(join(directory, 'report.json'), report);
  writeFileSync(
    npm,
    `#!/bin/sh\n[ "$1" = audit ] || exit 2\ncat "${directory}/report.json"\nexit 1\n`,
  );
  chmodSync(npm, 0o755);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    env: { ...process.env, PATH: [directory, process.env.PATH].join(delimiter) },
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

/** npm's report of one defect, in the packages in these folders. */
function defect(severity: string, nodes: readonly string[]): string {
  const advisory = {
    name: 'a-package',
    severity,
    title: 'A defect',
    range: '<9',
    url: 'https://…',
  };
  return JSON.stringify({
    vulnerabilities: {
      'a-package': { name: 'a-package', severity, nodes, via: [advisory] },
      'its-user': {
        name: 'its-user',
        severity,
        nodes: ['node_modules/typeorm'],
        via: ['a-package'],
      },
    },
  });
}

const SHIPPED = ['node_modules/typeorm', 'node_modules/bcrypt', 'node_modules/mysql2'];

describe('npm run audit', () => {
  it.each(SHIPPED)(
    'fails on a high or critical defect of what is shipped, bundled or not: %s (S-163)',
    (path) => {
      const { status, output } = audit(defect('high', [path]));
      expect([status, output]).toEqual([
        1,
        expect.stringContaining('high: a-package <9: A defect'),
      ]);
    },
  );

  it('lists a lower one', () => {
    const { status, output } = audit(defect('moderate', SHIPPED));
    expect([status, output]).toEqual([0, expect.stringContaining('moderate: a-package')]);
  });

  it('leaves out defects of packages that are for development only', () => {
    const { status, output } = audit(defect('critical', ['node_modules/jest']));
    expect([status, output]).toEqual([0, expect.stringMatching(/^0 known defects/m)]);
  });

  it.each([
    ['no JSON', 'npm error 404 Not Found'],
    ['a message', '{"message":"405 Method Not Allowed"}'],
  ])('says so when the registry answers %s, and goes on', (_, report) => {
    const { status, output } = audit(report);
    expect([status, output]).toEqual([0, expect.stringMatching(/^left out: known defects/m)]);
  });
});
