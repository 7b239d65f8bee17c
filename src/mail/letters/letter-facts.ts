/**
 * What every letter is about. Texts of users are one line without control characters, and nothing in them becomes a
 * link; in HTML they must still be encoded.
 */
export interface LetterFacts {
  readonly accountId: string;
  readonly accountName: string;
  /** The user to whom it is written. */
  readonly userId: string;
  readonly firstName: string;
  /** Time of what the letter is about. */
  readonly date: Date;
}

/** Facts of a letter with a one-time link. */
export interface LinkLetterFacts extends LetterFacts {
  readonly link: string;
  readonly expiresAt: Date;
}

/** Facts of a letter about an API key. */
export interface ApiKeyLetterFacts extends LetterFacts {
  readonly apiKeyId: string;
  readonly apiKeyName: string;
  /** Its public half. */
  readonly apiKey: string;
}

/**
 * The kinds of letters, each with its facts.
 *
 * @public
 */
export interface LetterFactsMap {
  /** Somebody signed up with the address of this user. */
  readonly address_in_use: LetterFacts;
  readonly email_verification: LinkLetterFacts;
  readonly invitation: LinkLetterFacts;
  readonly password_reset: LinkLetterFacts;
  /** To the new address. */
  readonly email_change: LinkLetterFacts;
  /** To the old address, when the new one was asked to confirm. */
  readonly email_change_notice: LetterFacts;
  /** A sign-in from a network that the user has not used for 90 days. */
  readonly new_sign_in: LetterFacts;
  readonly password_changed: LetterFacts;
  /** To the owner of the account and to the user who created the key. */
  readonly api_key_leaked: ApiKeyLetterFacts;
}

/**
 * A kind of letter, by its name in {@link LetterFactsMap}.
 *
 * @public
 */
export type MailKind = keyof LetterFactsMap;

/** The texts of a letter. */
export interface LetterTexts {
  readonly subject: string;
  /** Paragraphs, with an empty line between them; the link is a paragraph of its own. */
  readonly text: string;
  /** Text of the link in HTML. */
  readonly action?: string;
  /** A whole document in place of the one that is made from `text`: encode the facts for HTML yourself. */
  readonly html?: string;
}

/**
 * Writes letters, by their kinds. An error is logged, and the letter is written again later.
 *
 * @example
 * const templates: Partial<LetterTemplates> = {
 *   password_reset: ({ firstName, link }) => ({
 *     subject: 'Neues Passwort',
 *     text: `Hallo ${firstName},\n\nhier wählen Sie ein neues Passwort:\n\n${link}`,
 *     action: 'Passwort wählen',
 *   }),
 * };
 * @public
 */
export type LetterTemplates = {
  readonly [Kind in MailKind]: (facts: LetterFactsMap[Kind]) => LetterTexts | Promise<LetterTexts>;
};
