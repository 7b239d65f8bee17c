/**
 * Keeps the process alive when standard output or error cannot be written: a reader that went away, a full disk. Such
 * lines are lost. Without a listener Node would throw an exception that nobody catches.
 */
export function outliveStandardOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
