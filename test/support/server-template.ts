// Data directories of new database servers: the first of a kind in a run is made, and then copied, which takes a tenth of
// the CPU time.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Copies a template to `directory`; `make` makes it where the run does not have it yet. */
export async function copyTemplate(
  name: string,
  directory: string,
  make: (directory: string) => unknown,
): Promise<void> {
  const { TEST_SERVER_TEMPLATES: templates } = process.env;
  // Outside of Jest.
  if (!templates) return void (await make(directory));
  const template = join(templates, name);
  if (!existsSync(template)) {
    // Another Jest worker may make it at the same time.
    const attempt = mkdtempSync(join(templates, 'new-'));
    const made = join(attempt, name);
    await make(made);
    try {
      renameSync(made, template);
    } catch (error) {
      if (!existsSync(template)) throw error;
    }
    rmSync(attempt, { recursive: true, force: true });
  }
  // With owners and modes, which servers check.
  await promisify(execFile)('cp', ['-a', template, directory]);
}
