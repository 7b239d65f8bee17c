/**
 * Control, format and direction characters, line and paragraph separators and lone surrogates. Two format characters
 * stay, which some scripts need within words.
 */
const NOT_IN_A_LINE = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Control characters but line ends, which separate paragraphs; direction marks are the template's. */
const NOT_IN_TEXT = /(?!\n)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Dots and colons of all scripts that programs take for those of a link, where something follows directly. */
const LINKING = /([.:．：。｡﹕․])(?=\S)/gu;
const MAX_LENGTH = 100;

/** A text as one line without control characters, for a header (S-141). */
export function oneLine(text: string): string {
  return text.replaceAll(NOT_IN_A_LINE, ' ').replaceAll(/\s+/gu, ' ').trim();
}

/** Several lines without control characters. */
export function severalLines(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(NOT_IN_TEXT, ' ').trim();
}

/**
 * A name as a letter may show it: one line of at most 100 characters, in which no mail program finds a link. Otherwise
 * anybody could have their text and link sent to any address, by a sign-up under that name (S-141).
 */
export function shownName(name: string): string {
  const characters = [...oneLine(name)];
  const short = characters.slice(0, MAX_LENGTH).join('');
  const shown = characters.length > MAX_LENGTH ? `${short}…` : short;
  return shown.replaceAll(LINKING, '$1 ');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text for HTML, in elements and in quoted attributes. */
export function encodeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
