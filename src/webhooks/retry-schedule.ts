const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** How long an event is retried. */
const RETRIED_MS = 86_400_000;

/**
 * When a delivery is sent again after the n-th failure: 5 s, doubling to 1 h, until a day after it was queued.
 *
 * @returns `undefined` when it is given up
 */
export function nextAttempt(
  failures: number,
  { queuedAt }: { readonly queuedAt: number },
  now: number,
): number | undefined {
  if (now - queuedAt >= RETRIED_MS) return undefined;
  return now + Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}
