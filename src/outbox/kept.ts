/** How long an event is kept for a listener that fails, or that no process knows. */
export const KEPT_MS = 7 * 86_400_000;
