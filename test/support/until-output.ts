import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 30_000;

/** Waits for a line that holds all of `parts`: what a service logs may follow its answer. */
export async function untilOutput(
  service: { output(): string },
  ...parts: string[]
): Promise<string> {
  for (let waitedMs = 0; waitedMs < LIMIT_MS; waitedMs += 20) {
    const lines = service.output().split('\n');
    const found = lines.find((line) => parts.every((part) => line.includes(part)));
    if (found !== undefined) return found;
    await sleep(20);
  }
  throw new Error(`The service wrote no line with ${parts.join(' and ')}:\n${service.output()}`);
}
