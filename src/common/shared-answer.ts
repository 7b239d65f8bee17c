/** The JSON of each, once somebody has asked for it. */
const texts = new WeakMap<object, string | undefined>();

/**
 * An answer that many requests get as it is. It is frozen, so that none of them changes another's, and its
 * JSON is written once.
 *
 * @param answer of plain values and lists of them
 */
export function sharedAnswer<T extends object>(answer: T): Readonly<T> {
  for (const value of Object.values(answer)) Object.freeze(value);
  texts.set(answer, undefined);
  return Object.freeze(answer);
}

/** As `JSON.stringify`. */
export function jsonOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  if (texts.has(value)) texts.set(value, text);
  return text;
}
