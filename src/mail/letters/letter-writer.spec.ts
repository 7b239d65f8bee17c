import { describe, expect, it } from '@jest/globals';
import type { MailOptions } from '../mail-options.js';
import { MailRefused } from '../mail-refused.js';
import { ENGLISH_LETTERS } from './english-letters.js';
import type { ApiKeyLetterFacts, LetterTemplates, LinkLetterFacts } from './letter-facts.js';
import { LetterWriter, type Occasion } from './letter-writer.js';

const OPTIONS: MailOptions = {
  mailer: null,
  own: null,
  templates: {},
  language: 'en',
  domain: 'example.com',
};
const FACTS: LinkLetterFacts & ApiKeyLetterFacts = {
  accountId: 'account-1',
  accountName: 'Works & Sons',
  userId: 'user-1',
  firstName: 'Ada',
  date: new Date('2026-11-29T05:00:00Z'),
  link: 'https://auth.example.com/link/reset?token=a&b="c"',
  expiresAt: new Date('2026-11-29T06:00:00Z'),
  apiKeyId: 'key-1',
  apiKeyName: 'CI',
  apiKey: 'gh_abc',
};
const KINDS = Object.keys(ENGLISH_LETTERS) as (keyof LetterTemplates)[];
const WITH_LINK = [
  'email_verification',
  'invitation',
  'password_reset',
  'email_change',
] as (keyof LetterTemplates)[];

const occasion = (change: Partial<Occasion> = {}): Occasion => ({
  kind: 'password_reset',
  eventId: 'event-1',
  to: 'ada@example.com',
  facts: FACTS,
  ...change,
});
const write = (change?: Partial<Occasion>, options: Partial<MailOptions> = {}) =>
  new LetterWriter({ ...OPTIONS, ...options }).write(occasion(change));

describe('LetterWriter', () => {
  it.each(KINDS)('writes %s in plain text and in HTML, from the same paragraphs', async (kind) => {
    const { subject, text, html } = await write({ kind });
    // A subject shows in lists and on locked screens, and is a header.
    for (const own of ['Ada', 'Works', 'CI', 'gh_abc']) expect(subject).not.toContain(own);
    expect(text).toContain('Hello Ada,');
    expect(html).toContain('Hello Ada,');
    expect(html).not.toMatch(/<img|<script|src=|url\(|@import/);
    expect(html.match(/href="/g) ?? []).toHaveLength(WITH_LINK.includes(kind) ? 1 : 0);
    expect(text.split('\n\n').length).toBeGreaterThan(2);
  });

  it.each(WITH_LINK)('says in %s how long its link works', async (kind) => {
    const { text, html, link } = await write({ kind });
    expect(text).toContain(`\n\n${FACTS.link}\n\n`);
    expect(text).toContain('The link works once, until 29 November 2026 at 06:00 UTC.');
    expect(html).toContain(
      'href="https://auth.example.com/link/reset?token=a&amp;b=&quot;c&quot;"',
    );
    expect(link).toBe(FACTS.link);
  });

  it('gives a letter one Message-ID, however often it is written, and each letter its own', async () => {
    const ids = await Promise.all(
      [
        {},
        {},
        { eventId: 'event-2' },
        { to: 'eve@example.com' },
        { kind: 'invitation' } as const,
      ].map(async (change) => (await write(change)).messageId),
    );
    expect(ids[0]).toMatch(/^<[0-9a-f]{40}@example\.com>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(4);
  });

  it('takes the templates of a host, and its HTML if it has some', async () => {
    const templates: Partial<LetterTemplates> = {
      password_reset: ({ firstName, link }) => ({
        subject: `Hallo ${firstName}\r\nBcc: eve@example.com`,
        text: `Hallo ${firstName},\n\n${link}\n\nBis bald`,
        action: 'Öffnen <hier>',
      }),
      invitation: () => Promise.resolve({ subject: 's', text: 't', html: '<p>own</p>' }),
    };
    const own = { templates, language: 'de' };
    const { subject, html, language } = await write({}, own);
    expect([subject, language]).toEqual(['Hallo Ada Bcc: eve@example.com', 'de']);
    expect(html).toContain('<html lang="de">');
    expect(html).toContain('>Öffnen &lt;hier&gt;</a>');
    expect((await write({ kind: 'invitation' }, own)).html).toBe('<p>own</p>');
    const ours = await write({ kind: 'new_sign_in' }, own);
    expect([ours.subject, ours.language]).toEqual(['A new sign-in', 'en']);
  });

  it.each([
    '"eve@evil.example x"@example.com',
    'a b@example.com',
    'a,b@example.com',
    'a@b@example.com',
    '<a>@example.com',
    'a\r\nBcc: b@example.com',
    'a\u200B@example.com',
    'a\u2028@example.com',
    'ada',
  ])('refuses the address %j for good (S-141)', async (to) => {
    await expect(write({ to })).rejects.toBeInstanceOf(MailRefused);
  });
});
