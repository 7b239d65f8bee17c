import { eventually } from './patience.js';

/** Waits for a line with all of `parts`: a service may log after its answer. */
export async function untilOutput(
  service: { output(): string },
  ...parts: string[]
): Promise<string> {
  return eventually(() => {
    const lines = service.output().split('\n');
    const found = lines.find((line) => parts.every((part) => line.includes(part)));
    if (found !== undefined) return found;
    throw new Error(`The service wrote no line with ${parts.join(' and ')}:\n${service.output()}`);
  });
}
