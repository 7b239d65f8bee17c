/** Text that needs no escaping, as in ids, addresses and reasons. */
const PLAIN = /^[\w .:@+/-]*$/;

/** JSON in which C1 controls, line separators and direction marks are escaped as well, for a log line (S-150). */
export function escapedJson(value: unknown): string {
  if (typeof value === 'string' && PLAIN.test(value)) return `"${value}"`;
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    // A JSON escape stands for one code unit, and some of these characters have two.
    character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** JSON in ASCII alone, for a column of ASCII. */
export function escapedAscii(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
