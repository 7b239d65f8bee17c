import { StartError } from '../common/errors/start.error.js';
import { disableApiDescription } from '../common/openapi/api-description-switch.js';
import { readProcessEnv } from './config/env.js';
import { ignoreOutputErrors } from './process/standard-output.js';

/** Handles signals while the service is not loaded yet and nothing has begun. */
const exit = () => process.exit(0);

async function main(): Promise<void> {
  ignoreOutputErrors();
  // Files that are created from here on can be read by their owner only (S-158).
  process.umask(0o077);
  const env = readProcessEnv();
  if (!env.servesDocs) disableApiDescription();
  // Elsewhere `--enable-source-maps` turns them on: they take 9 MB and a tenth of the start.
  if (env.NODE_ENV === 'development') process.setSourceMapsEnabled(true);
  // Loaded after the settings are checked: a wrong one is refused four times sooner.
  process.on('SIGINT', exit).on('SIGTERM', exit);
  const { serve } = await import('./serve.js');
  // It installs its own signal handlers before its first `await`.
  const serving = serve(env);
  process.off('SIGINT', exit).off('SIGTERM', exit);
  await serving;
}

main().catch((error: unknown) => {
  // A wrong setting is reported in one line; any other error is a fault and is reported with its stack.
  const isExpected = error instanceof StartError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`Gatehouse cannot start: ${message}\n`);
  if (!isExpected && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
