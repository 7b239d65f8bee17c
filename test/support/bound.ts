import { eventually } from './patience.js';

/** How long an instance may use cached rows (contract §4, S-59). */
export const BOUND_MS = 5_000;

/**
 * Repeats a check until another process's change is visible. The limit {@link BOUND_MS} itself is tested beside the
 * code with a set clock: here it would test the machine's speed.
 */
export const withinBound = (check: () => Promise<void>): Promise<void> => eventually(check);
