import { createHash } from 'node:crypto';
import { encodeHtml } from '../../mail/letters/plain-text.js';
import type { KeptLetter } from './kept-letters.js';

const STYLE = `
body { max-width: 42rem; margin: 0 auto; padding: 1.5rem 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1c1e21; background: #fff; overflow-wrap: anywhere }
h1 { font-size: 1.4rem }
a { color: #1f4fbf }
ul { list-style: none; padding: 0 }
li { padding: .75rem 0; border-top: 1px solid #d5d8de }
li span, dt, dd { color: #5a6069; font-size: .9rem }
li span { display: block }
dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem .75rem; margin: 0 0 1rem }
dd { margin: 0 }
main { border-top: 1px solid #d5d8de; padding-top: .5rem }
@media (prefers-color-scheme: dark) { body { color: #e6e8eb; background: #16181c } a { color: #8fb1ff } li, main { border-color: #3a3f47 } li span, dt, dd { color: #a0a6b0 } }
`;
const STYLE_DIGEST = createHash('sha256').update(STYLE).digest('base64');

/** Nothing but the one style of the page: neither scripts nor forms. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
/** A letter has inline styles; the sandbox takes scripts and forms from whatever a template may hold. */
export const LETTER_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";

/** The list of letters. Its links are relative, so that they are right behind a proxy that adds a path. */
export function listPage(letters: readonly KeptLetter[]): string {
  const items = letters.map(
    ({ id, subject, to, date }) =>
      `<li><a href="outbox/${encodeHtml(id)}">${encodeHtml(subject)}</a><span>${encodeHtml(to)} · ${timeOf(date)}</span></li>`,
  );
  const content =
    items.length > 0 ? `<ul>\n${items.join('\n')}\n</ul>` : '<p>No letter was written yet.</p>';
  return page(
    'Outbox',
    `<p>The newest letters of this service, which are kept here in development.</p>\n${content}`,
  );
}

/** One letter in plain text, with its link. */
export function letterPage({
  id,
  subject,
  to,
  date,
  kind,
  messageId,
  text,
  link,
}: KeptLetter): string {
  const paragraphs = text.split(/\n{2,}/).map((paragraph) => {
    const shown = paragraph.split('\n').map(encodeHtml).join('<br>');
    return paragraph === link
      ? `<p><a href="${encodeHtml(link)}">${shown}</a></p>`
      : `<p>${shown}</p>`;
  });
  const facts = { To: to, Date: timeOf(date), Kind: kind, 'Message-ID': messageId };
  const rows = Object.entries(facts).map(
    ([name, value]) => `<dt>${name}</dt><dd>${encodeHtml(value)}</dd>`,
  );
  return page(
    subject,
    `<dl>\n${rows.join('\n')}\n</dl>\n<main>\n${paragraphs.join('\n')}\n</main>
<p><a href="${encodeHtml(id)}/html">As HTML</a> · <a href="../outbox">All letters</a></p>`,
  );
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${encodeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${encodeHtml(title)}</h1>
${content}
</body>
</html>
`;
}

function timeOf(date: string): string {
  return `${date.slice(0, 16).replace('T', ' ')} UTC`;
}
