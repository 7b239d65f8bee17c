import { describe, expect, it } from '@jest/globals';
import { html } from './html.js';

describe('html', () => {
  it.each([
    ['<script>alert(1)</script>', '&#60;script&#62;alert(1)&#60;/script&#62;'],
    ['" autofocus onfocus="x', '&#34; autofocus onfocus=&#34;x'],
    ["it's & <b>", 'it&#39;s &#38; &#60;b&#62;'],
    ['&lt;', '&#38;lt;'],
    ['$& $1 \u202e مرحبا', '$&#38; $1 \u202e مرحبا'],
  ])('encodes the text %j in content and attributes', (text, encoded) => {
    expect(html`<p title="${text}">${text}</p>`.text).toBe(`<p title="${encoded}">${encoded}</p>`);
  });

  it('takes other markup as it is, and leaves out what is missing', () => {
    const items = ['a<', 'b'].map((text) => html`<li>${text}</li>`);
    expect(html`${items}${html`<li>c</li>`}${undefined}`.text).toBe(
      '<li>a&#60;</li><li>b</li><li>c</li>',
    );
  });
});
