import { StartError } from '../common/errors/start.error.js';
import type { KeyPurpose } from './keys-options.js';

/** A key that is not set any more, and what rests on it. */
export interface LostKey {
  readonly purpose: Exclude<KeyPurpose, 'access_token'>;
  readonly keyId: string;
  /** Password hashes or live sessions. */
  readonly rows: number;
}

/** How whoever reads the message calls the settings. */
export interface KeySettings {
  /** Which setting is at fault, for the purposes whose keys are lost. */
  readonly fault: (purposes: ReadonlySet<LostKey['purpose']>) => string;
  /** What is to be done, up to "or give it up". */
  readonly remedy: string;
  /** How the loss of those keys is accepted. */
  readonly acceptance: (keyIds: readonly string[]) => string;
}

const OPTIONS: KeySettings = {
  fault: (purposes) => {
    const own = { password_pepper: 'password.pepper', refresh_token: 'session.secret' };
    const names = [...purposes].map((purpose) => own[purpose]);
    return `GatehouseModule: option secret (or ${names.join(', ')}) does not fit the database`;
  },
  remedy: 'set the former secret again, as the last of a list',
  acceptance: (keyIds) => `acceptLostKeys: [${keyIds.map((id) => `'${id}'`).join(', ')}]`,
};

/** The database holds what the keys that are set cannot check (S-206). */
export class LostKeysError extends StartError {
  override readonly name = 'LostKeysError';

  constructor(
    readonly lost: readonly LostKey[],
    settings = OPTIONS,
  ) {
    super(lineOf(lost, settings));
  }
}

function lineOf(lost: readonly LostKey[], settings: KeySettings): string {
  const fault = settings.fault(new Set(lost.map(({ purpose }) => purpose)));
  const keyIds = [...new Set(lost.map(({ keyId }) => keyId))];
  return (
    `${fault}: ${whatRestsOn(lost)} made with a key that is not set any more; ` +
    `${settings.remedy}, or give up what it made by ${settings.acceptance(keyIds)}`
  );
}

/** `2 password hashes and 1 live session were`. */
export function whatRestsOn(lost: readonly LostKey[]): string {
  const counted = [
    numbered(lost, 'password_pepper', 'password hash', 'es'),
    numbered(lost, 'refresh_token', 'live session', 's'),
  ].filter((part) => part !== undefined);
  const rows = lost.reduce((sum, each) => sum + each.rows, 0);
  return `${counted.join(' and ')} ${rows === 1 ? 'was' : 'were'}`;
}

function numbered(
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
