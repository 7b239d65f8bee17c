import { describe, expect, it } from '@jest/globals';
import { encodeHtml, oneLine, severalLines, shownName } from './plain-text.js';

/** What ends a line, hides itself or turns the direction, in one or another program. */
const CANARIES = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  '\v',
  '\f',
  '\u0085',
  '\u2028',
  '\u2029',
  '\u200B',
  '\u200E',
  '\u202A',
  '\u202E',
  '\u2066',
  '\u2069',
  '\u00AD',
  '\uFEFF',
  '\uD800',
];

describe('a text of a user in a letter', () => {
  it.each(CANARIES)('is one line, whatever it holds: %j (S-141)', (canary) => {
    for (const shown of [oneLine, shownName]) {
      expect(shown(`${canary}Ada${canary}Bcc x${canary}`)).toBe('Ada Bcc x');
    }
  });

  it.each(['Zoë', '李 小龍', 'نام‌خانوادگی', '👩‍💻 Ada', 'O’Neill-Smith'])(
    'stays as it is: %s',
    (name) => expect(shownName(name)).toBe(name),
  );

  it.each([
    ['http://evil.example/x', 'http: //evil. example/x'],
    ['www.evil.example', 'www. evil. example'],
    ['mail eve@evil.example', 'mail eve@evil. example'],
    ['mailto:eve@x', 'mailto: eve@x'],
    ['evil。example', 'evil。 example'],
    ['evil．example', 'evil． example'],
    ['J.R.R. Tolkien', 'J. R. R. Tolkien'],
    ['Acme, Inc.', 'Acme, Inc.'],
  ])('holds nothing that becomes a link: %s (S-141)', (name, shown) => {
    expect(shownName(name)).toBe(shown);
  });

  it('has at most 100 characters', () => {
    expect(shownName('👩'.repeat(101))).toBe(`${'👩'.repeat(100)}…`);
  });

  it('is encoded for HTML', () => {
    expect(encodeHtml(`<a href="x" id='y'>&`)).toBe(
      '&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;',
    );
  });
});

describe('the text of a letter', () => {
  it('keeps its paragraphs and marks of direction, and nothing else that is not printed', () => {
    const text = 'א\u200F\r\n\r\nb\rc\u2028d\0e\u0085';
    expect(severalLines(text)).toBe('א\u200F\n\nb\nc d e');
  });
});
