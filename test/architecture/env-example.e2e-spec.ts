import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Setting } from '../../src/common/settings/setting.js';
import { ENV_GROUPS } from '../../src/server/config/env-settings.js';
import { readEnv } from '../../src/server/config/env.js';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, '.env.example'), 'utf8');
const variables = Object.values(ENV_GROUPS).flatMap((rows) => Object.entries<Setting>(rows));

function expectedEntry([name, { description, default: value }]: [string, Setting]): string {
  return `# ${description}\n#${name}=${value?.toString() ?? ''}`;
}

describe('.env.example', () => {
  // Headings begin with ##; blocks are separated by an empty line.
  const blocks = text.trim().split('\n\n');
  const entries = blocks.filter((block) => !block.startsWith('## '));

  it('has every variable with its description and its default, and nothing else (S-155)', () => {
    expect(entries).toEqual(variables.map(expectedEntry));
  });

  it('groups the variables under headings', () => {
    const headings = blocks.filter((block) => block.startsWith('## ')).slice(1);
    expect(headings.length).toBeGreaterThan(3);
    expect(headings.every((block) => !block.includes('\n'))).toBe(true);
  });

  it('sets nothing as it is, and the defaults when every # is removed (S-154)', () => {
    expect(parseEnv(text)).toEqual({});
    const uncommented = text.replaceAll(/^#([A-Z])/gm, '$1');
    expect(readEnv(parseEnv(uncommented) as NodeJS.ProcessEnv)).toEqual(readEnv({}));
  });
});

describe('.env.example and the options in docs/embedding.md', () => {
  it('are what the settings say; if a change is meant: npm run settings', () => {
    const script = join(root, 'scripts/settings.mjs');
    const { stderr, status } = spawnSync(process.execPath, [script, '--check'], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
