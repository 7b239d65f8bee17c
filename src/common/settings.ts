/** A whole number that may be set: its bounds, what counts when it is not, and its unit. */
export interface NumberSetting {
  readonly min: number;
  readonly max: number;
  readonly default: number;
  readonly unit: string;
}

const DAY_SECONDS = 86_400;

/** The numbers that environment variables and a host's options set alike. */
export const SETTINGS = {
  /** S-64. */
  accessTokenLifetime: { min: 1, max: DAY_SECONDS, default: 900, unit: 'seconds' },
  /** S-64. */
  sessionLifetime: {
    min: 1,
    max: 30 * DAY_SECONDS,
    default: 30 * DAY_SECONDS,
    unit: 'seconds',
  },
  reuseGrace: { min: 0, max: 30, default: 30, unit: 'seconds' },
  maxSessions: { min: 1, max: 1000, default: 1, unit: '' },
  maxApiKeySessions: { min: 1, max: 1000, default: 1, unit: '' },
  bcryptCost: { min: 10, max: 15, default: 12, unit: '' },
  /** S-01. */
  passwordMinLength: { min: 8, max: 64, default: 15, unit: 'characters' },
  /** S-91. */
  maxApiKeysPerAccount: { min: 1, max: 10_000, default: 100, unit: '' },
  /** S-91. */
  maxApiKeysPerCreator: { min: 1, max: 10_000, default: 50, unit: '' },
} as const satisfies Record<string, NumberSetting>;

/** `iss` and `aud` of access tokens where nothing is set. */
export const DEFAULT_TOKEN_PARTY = 'gatehouse';

/** Ways to treat a refresh token at its use. */
export const ROTATIONS = ['auto', 'on', 'off'] as const;

/** What is wrong with a number; `undefined` when nothing is. */
export function numberFault(value: number, setting: NumberSetting): string | undefined {
  const { min, max, unit } = setting;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return undefined;
  return `must be a whole number${unit && ` of ${unit}`} from ${min} to ${max}`;
}
