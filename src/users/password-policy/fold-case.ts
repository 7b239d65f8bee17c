/** The form in which passwords are compared with words, never the form that is hashed (S-09, S-11). */
export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
