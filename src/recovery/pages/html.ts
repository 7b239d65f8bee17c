/** Markup in which every text of a user is encoded. */
export class Html {
  /** @internal only {@link html} makes one */
  constructor(readonly text: string) {}
}

type Part = string | number | Html | readonly Html[] | undefined;

/**
 * A template of markup: it encodes each text that is put into it, so that a name is never read as markup.
 * Attributes must stand in double quotes.
 */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const [first = '', ...rest] = literals;
  return new Html(first + rest.map((literal, index) => markupOf(parts[index]) + literal).join(''));
}

function markupOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return String(part).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
