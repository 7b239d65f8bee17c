import { eventually } from './patience.js';

/** How long an instance may go by what it read before (contract §4, S-59). */
export const BOUND_MS = 5_000;

/**
 * Repeats a check until another process's change is seen. That it is seen after {@link BOUND_MS} at the latest is
 * proven with a set clock, beside the code: here it would be the machine's speed that is tested.
 */
export const withinBound = (check: () => Promise<void>): Promise<void> => eventually(check);
