import { PUBLIC_URL_FAULT, publicUrlOf } from '../public-url.js';
import type { SettingType } from './setting.js';

/** A whole number within bounds. */
export function integer(min: number, max: number, unit = ''): SettingType<number> {
  const check = (value: number) => {
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new Error(`must be a whole number${unit && ` of ${unit}`} from ${min} to ${max}`);
  };
  const read = (input: string) => check(/^\d{1,15}$/.test(input) ? Number(input) : Number.NaN);
  return { unit, read, check };
}

/** A length of time within bounds. The rooms get it in milliseconds. */
export function seconds(min: number, max: number) {
  return { ...integer(min, max, 'seconds'), unit: 'seconds' as const };
}

export function oneOf<const T extends string>(...choices: readonly T[]): SettingType<T> {
  const check = (value: T) => {
    if (choices.includes(value)) return value;
    throw new Error(`must be one of ${choices.join(', ')}`);
  };
  return { read: (input) => check(input as T), check };
}

export const flag: SettingType<boolean> = {
  read: (input) => {
    if (input === 'true') return true;
    if (input === 'false') return false;
    throw new Error('must be true or false');
  },
  check: (value) =>
    accepted(value, typeof value === 'boolean' ? undefined : 'must be true or false'),
};

/** A text in which `fault` finds nothing wrong. */
export function checkedText(
  fault: (value: string) => string | undefined = () => undefined,
): SettingType<string> {
  const check = (value: string) =>
    accepted(value, typeof value === 'string' ? fault(value) : 'must be text');
  return { read: check, check };
}

export const text = checkedText((value) =>
  /^\s|\s$|[\p{Cc}\p{Cf}]/u.test(value)
    ? 'must not begin or end with white space, nor hold control or invisible characters'
    : undefined,
);

export const httpUrl: SettingType<string> = { read: readUrl, check: readUrl };

/**
 * A list in which `fault` finds nothing wrong; in a variable its items are separated by commas.
 *
 * @param canonical gives the canonical form of an item, or throws an Error that says what is wrong
 */
export function list(
  fault: (items: readonly string[]) => string | undefined,
  canonical: (item: string) => string = (item) => item,
): SettingType<readonly string[]> {
  const check = (items: readonly string[]) =>
    accepted(items, isListOfTexts(items) ? fault(items) : 'must be a list of texts').map((item) =>
      canonical(item),
    );
  return { read: (input) => check(input.split(',').map((item) => item.trim())), check };
}

export function emptyItemFault(items: readonly string[]): string | undefined {
  return items.includes('') ? 'must be a comma-separated list without empty items' : undefined;
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function accepted<T>(value: T, fault: string | undefined): T {
  if (fault === undefined) return value;
  throw new Error(fault);
}

function readUrl(input: string): string {
  const url = typeof input === 'string' ? publicUrlOf(input) : undefined;
  if (url === undefined) throw new Error(PUBLIC_URL_FAULT);
  return url;
}
