import type { LetterTexts } from './letter-facts.js';
import { encodeHtml } from './plain-text.js';

const FONT = "font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const BUTTON =
  'display:inline-block;padding:12px 20px;border-radius:6px;background:#1f4fbf;color:#ffffff;text-decoration:none;font-weight:600';

/**
 * A letter as HTML: its paragraphs, and the link as a button. Tables and inline styles, because mail programs know
 * little else; no image, no script, nothing from elsewhere.
 */
export function letterHtml(
  { subject, text, action }: LetterTexts,
  link: string | undefined,
  language: string,
): string {
  const paragraphs = text.split(/\n{2,}/).map((paragraph) => {
    if (paragraph !== link) return `<p style="margin:0 0 16px">${lines(paragraph)}</p>`;
    const href = encodeHtml(link);
    const label = encodeHtml(action ?? link);
    return `<p style="margin:0 0 16px"><a href="${href}" style="${BUTTON}">${label}</a></p>`;
  });
  return `<!doctype html>
<html lang="${encodeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${encodeHtml(subject)}</title>
</head>
<body style="margin:0;padding:0;background:#f4f5f7">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background:#ffffff;border-radius:8px">
<tr><td style="padding:28px 24px 12px;${FONT};color:#1c1e21;overflow-wrap:anywhere">
${paragraphs.join('\n')}
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
}

function lines(paragraph: string): string {
  return paragraph.split('\n').map(encodeHtml).join('<br>');
}
