import { StartError } from '../common/errors/start.error.js';
import type { KeyPurpose } from './keys-options.js';

/** A key that is no longer set, and the number of rows that depend on it. */
export interface LostKey {
  readonly purpose: Exclude<KeyPurpose, 'access_token'>;
  readonly keyId: string;
  /** Password hashes, live sessions or signing secrets of webhooks. */
  readonly rows: number;
}

/** The names of the settings in the message. */
export interface KeySettings {
  /** The setting that is wrong, by the purposes whose keys are lost. */
  readonly fault: (purposes: ReadonlySet<LostKey['purpose']>) => string;
  /** The instruction that precedes "or give up". */
  readonly remedy: string;
  /** The setting that accepts the loss of these keys. */
  readonly acceptance: (keyIds: readonly string[]) => string;
}

const OPTIONS: KeySettings = {
  fault: (purposes) => {
    const own = {
      password_pepper: 'password.pepper',
      refresh_token: 'session.secret',
      webhook_secret: 'session.secret',
    };
    const names = new Set([...purposes].map((purpose) => own[purpose]));
    return `GatehouseModule: option secret (or ${[...names].join(', ')}) does not fit the database`;
  },
  remedy: 'set the former secret again, as the last of a list',
  acceptance: (keyIds) => `acceptLostKeys: [${keyIds.map((id) => `'${id}'`).join(', ')}]`,
};

/** The database holds rows that the set keys cannot check (S-206). */
export class LostKeysError extends StartError {
  override readonly name = 'LostKeysError';

  constructor(
    readonly lost: readonly LostKey[],
    settings = OPTIONS,
  ) {
    super(messageOf(lost, settings));
  }
}

function messageOf(lost: readonly LostKey[], settings: KeySettings): string {
  const fault = settings.fault(new Set(lost.map(({ purpose }) => purpose)));
  const keyIds = [...new Set(lost.map(({ keyId }) => keyId))];
  return (
    `${fault}: ${countRows(lost)} made with a key that is not set any more; ` +
    `${settings.remedy}, or give up what it made by ${settings.acceptance(keyIds)}`
  );
}

/** Counts the rows in words, as in `2 password hashes and 1 live session were`. */
export function countRows(lost: readonly LostKey[]): string {
  const counted = [
    countOf(lost, 'password_pepper', 'password hash', 'es'),
    countOf(lost, 'refresh_token', 'live session', 's'),
    countOf(lost, 'webhook_secret', 'webhook secret', 's'),
  ].filter((part) => part !== undefined);
  const rows = lost.reduce((sum, each) => sum + each.rows, 0);
  return `${counted.join(' and ')} ${rows === 1 ? 'was' : 'were'}`;
}

function countOf(
  lost: readonly LostKey[],
  purpose: KeyPurpose,
  noun: string,
  plural: string,
): string | undefined {
  const rows = lost
    .filter((each) => each.purpose === purpose)
    .reduce((sum, each) => sum + each.rows, 0);
  return rows === 0 ? undefined : `${rows} ${noun}${rows === 1 ? '' : plural}`;
}
