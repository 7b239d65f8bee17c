/** Longest wait for an answer, and how long it is shared (contract §1). */
const LIMIT_MS = 1_000;
const SHARED_MS = 1_000;

/** Asks whether a server answers, at most once a second, however many probes come (contract §1). */
export abstract class Probe {
  private askedAt = -Infinity;
  private answer = Promise.resolve(false);

  /** @param ask fails when the server does not answer */
  protected constructor(private readonly ask: () => Promise<unknown>) {}

  isUp(): Promise<boolean> {
    // Monotonic, since a clock that is set back would keep an old answer.
    const now = performance.now();
    if (now - this.askedAt >= SHARED_MS) {
      this.askedAt = now;
      this.answer = this.askInTime();
    }
    return this.answer;
  }

  private askInTime(): Promise<boolean> {
    return new Promise((resolve) => {
      const limit = setTimeout(resolve, LIMIT_MS, false).unref();
      this.ask()
        .then(
          () => resolve(true),
          () => resolve(false),
        )
        .finally(() => clearTimeout(limit));
    });
  }
}
