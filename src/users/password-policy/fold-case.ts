/** Folds a password or a word for comparison; the form that is hashed stays unfolded (S-09, S-11). */
export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
