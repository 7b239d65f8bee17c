import { makeValidator } from 'envalid';
import { existsSync } from 'node:fs';
import { PUBLIC_URL_FAULT, publicUrlOf } from '../../common/public-url.js';
import { numberFault, type NumberSetting } from '../../common/settings.js';

/*
 * Validators for environment variables. Their messages say what is wrong and never repeat the value,
 * which may be a secret (S-154). envalid's own do repeat it.
 */

/** A whole number within bounds. */
export function integer(min: number, max: number) {
  return setting({ min, max, default: min, unit: '' });
}

/** A length of time within bounds. */
export function seconds(min: number, max: number) {
  return setting({ min, max, default: min, unit: 'seconds' });
}

/** A number that a host's options may set too. */
export function setting(bounds: NumberSetting) {
  return makeValidator<number>((input) => {
    const value = /^\d{1,15}$/.test(input) ? Number(input) : Number.NaN;
    const fault = numberFault(value, bounds);
    if (fault !== undefined) throw new Error(fault);
    return value;
  });
}

export const text = makeValidator<string>((input) => input);

export const flag = makeValidator<boolean>((input) => {
  if (input === 'true') return true;
  if (input === 'false') return false;
  throw new Error('must be true or false');
});

export function oneOf<const T extends string>(...choices: readonly T[]) {
  return makeValidator<T>((input) => {
    const choice = choices.find((each) => each === input);
    if (choice === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
    return choice;
  });
}

export const EMPTY_ITEM_FAULT = 'must be a comma-separated list without empty items';

/** Comma-separated values, none of them empty. */
export const list = makeValidator<readonly string[]>((input) => {
  const items = input.split(',').map((item) => item.trim());
  if (items.includes('')) throw new Error(EMPTY_ITEM_FAULT);
  return items;
});

export const readableFile = makeValidator<string>((input) => {
  if (!existsSync(input)) throw new Error('names a file that does not exist');
  return input;
});

export const httpUrl = makeValidator<string>((input) => {
  const url = publicUrlOf(input);
  if (url === undefined) throw new Error(PUBLIC_URL_FAULT);
  return url;
});
