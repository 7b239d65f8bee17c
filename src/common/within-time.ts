/**
 * The result of `work`.
 *
 * @param options.holdsProcess whether a process that has nothing else to do waits for the limit
 * @throws Error when `work` takes longer; it goes on, and its result is lost
 */
export async function withinTime<T>(
  limitMs: number,
  work: Promise<T>,
  { holdsProcess = true } = {},
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new Error(`no answer in ${limitMs} ms`));
    // An answer that waits in the socket of a busy process comes first.
    timer = setTimeout(() => setImmediate(fail), limitMs);
    if (!holdsProcess) timer.unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
