import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readEnv } from '../../src/server/config/env.js';
import { ENV_SCHEMA } from '../../src/server/config/env.schema.js';

const text = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8');

interface Setting {
  readonly desc?: string;
  readonly default?: string | number | boolean | readonly string[] | undefined;
}

function expectedEntry([name, { desc, default: value }]: [string, Setting]): string {
  return `# ${desc}\n#${name}=${value?.toString() ?? ''}`;
}

describe('.env.example', () => {
  // Headings begin with ##; blocks are separated by an empty line.
  const blocks = text.trim().split('\n\n');
  const entries = blocks.filter((block) => !block.startsWith('## '));

  it('has every variable with its description and its default, and nothing else (S-155)', () => {
    expect(entries).toEqual(Object.entries(ENV_SCHEMA).map(expectedEntry));
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
