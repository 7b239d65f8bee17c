/** Runs work of the same key one after another, in this process. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.last.get(key) ?? Promise.resolve()).then(work, work);
    this.last.set(key, turn);
    return turn.finally(() => {
      if (this.last.get(key) === turn) this.last.delete(key);
    });
  }
}
