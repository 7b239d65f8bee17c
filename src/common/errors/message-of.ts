/** The message of a caught value, for a log line. */
export function messageOf(error: unknown, otherwise = 'unknown'): string {
  return error instanceof Error ? error.message : otherwise;
}
