const FIRST_MS = 1_000;
const LONGEST_MS = 60 * 60_000;

/** Pause after the n-th failure in a row: 1 s, doubling to 1 h. */
export function pauseAfter(failures: number): number {
  return Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
}
