/**
 * Injection token: whether no code can change an answer on its way to the client. Only the service provides it; the
 * interceptors of a host get a copy (S-208).
 */
export const SENDS_SHARED_ANSWERS = Symbol('gatehouse:sends-shared-answers');

/** The JSON of each shared answer, set at its first use. */
const texts = new WeakMap<object, string | undefined>();

/**
 * Prepares an answer that many requests share. It is frozen, so that no request can change it, and its JSON is written
 * once.
 *
 * @param answer of plain values and lists of them
 */
export function sharedAnswer<T extends object>(answer: T): Readonly<T> {
  for (const value of Object.values(answer)) Object.freeze(value);
  texts.set(answer, undefined);
  return Object.freeze(answer);
}

/** Same as `JSON.stringify`, and cached for shared answers. */
export function jsonOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  if (texts.has(value)) texts.set(value, text);
  return text;
}
