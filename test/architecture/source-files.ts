import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** Every TypeScript file below src. */
export function sourceFiles(): SourceFile[] {
  return textFiles('src', /\.ts$/);
}

/** Every file below a folder of the repository whose name matches the pattern. */
export function textFiles(folder: string, pattern: RegExp): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .map((name) => ({ name, text: readFileSync(join(root, folder, name), 'utf8') }));
}
