const MIN_BITS = 256;
/** A random value of that size has more; `aaaa…` and `0101…` have not. */
const MIN_DISTINCT_CHARACTERS = 10;

/** Secrets that stand in documentation and samples all over the web. */
const SAMPLES =
  /secret|password|change.?me|example|sample|gatehouse|your.?256|0123456789|abcdefgh/i;

/**
 * Says what is wrong with a secret, never what it is (S-68, S-154).
 *
 * Strength is judged by what the alphabet of the value allows at best: hexadecimal carries 4 bits a
 * character, base64 6.
 */
export function secretFault(secret: string): string | undefined {
  const bitsEach = /^[0-9a-f]*$/i.test(secret) ? 4 : 6;
  if (secret.length * bitsEach < MIN_BITS) return `must hold at least ${MIN_BITS} random bits`;
  if (new Set(secret).size < MIN_DISTINCT_CHARACTERS) return 'must be random';
  if (SAMPLES.test(secret)) return 'must not be a value from documentation';
  return undefined;
}

/**
 * The first of the settings that holds a value which another one has: it would be one key for two uses
 * (S-201).
 */
export function findSharedSecret<Name extends string>(
  settings: Readonly<Record<Name, readonly string[] | undefined>>,
): Name | undefined {
  const seen = new Set<string>();
  for (const [name, list] of Object.entries(settings) as [Name, readonly string[] | undefined][]) {
    const values = new Set(list);
    if ([...values].some((value) => seen.has(value))) return name;
    for (const value of values) seen.add(value);
  }
  return undefined;
}
