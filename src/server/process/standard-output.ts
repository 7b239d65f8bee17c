/**
 * Keeps the process alive when standard output or error cannot be written: the reader has ended, or the disk is full.
 * Such lines are lost. Without a listener Node would throw an uncaught exception.
 */
export function ignoreOutputErrors(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
