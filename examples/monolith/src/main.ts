import { createApp } from './create-app.js';

async function main(): Promise<void> {
  const app = await createApp();
  await app.listen(Number(process.env['PORT'] ?? 3001), '127.0.0.1');
  process.stdout.write(`The shop is open at ${await app.getUrl()}, its API at /docs\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
