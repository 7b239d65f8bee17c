/** Shorter names of ours are also names of other programs with a letter more or less, such as HOSTS and POST. */
const ONE_EDIT_FROM = 6;
const TWO_EDITS_FROM = 12;

/**
 * Finds the setting that a misspelt name probably means.
 *
 * Case, separators and the suffix `_FILE` do not count; then one letter may differ, in long names two.
 */
export function settingMeantBy(name: string, settings: Iterable<string>): string | undefined {
  const key = keyOf(name);
  const similar = [...settings].flatMap((setting) => {
    const own = keyOf(setting);
    const allowed = Number(own.length >= ONE_EDIT_FROM) + Number(own.length >= TWO_EDITS_FROM);
    if (Math.abs(own.length - key.length) > allowed) return [];
    const count = edits(own, key);
    return count <= allowed ? [{ setting, count }] : [];
  });
  return similar.toSorted((one, other) => one.count - other.count)[0]?.setting;
}

function keyOf(name: string): string {
  return name
    .toUpperCase()
    .replaceAll(/[_.-]/g, '')
    .replace(/(?<=.{6})FILE$/, '');
}

/** The number of letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function edits(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row[j] = Math.min(
        (row[j - 1] ?? 0) + 1,
        (last[j] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped && i > 1 && j > 1 ? (beforeLast[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, row];
  }
  return last[other.length] ?? 0;
}
