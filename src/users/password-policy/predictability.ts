import { novelty } from '../../common/crypto/novelty.js';
import { foldCase } from './fold-case.js';

/** The orders of keys along which fingers wander: rows; columns, with and without digits, down or up and down. */
const KEYBOARDS = [
  '1234567890qwertyuiopasdfghjklzxcvbnm',
  '1234567890qwertzuiopasdfghjklyxcvbnm',
  '1234567890azertyuiopqsdfghjklmwxcvbn',
  '!@#$%^&*()',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1qazxsw23edcvfr45tgbnhy67ujmki89olp0',
  'zaq12wsxcde34rfvbgt56yhnmju78iklo90p',
].map((keys) => new Map([...keys].map((key, index) => [key, index])));

/** Characters beyond a keyboard, so that they are no neighbours of its keys. */
const BEYOND = 1000;

/**
 * How many characters of a password cannot be predicted from those before them: neither as repetitions nor as steps
 * through the alphabet, the digits or a keyboard, taken one by one or each second one (`a1b2c3`). Case and doubled
 * characters do not count.
 */
export function unpredictableCharacters(password: string): number {
  const characters = [...foldCase(password).replace(/(.)\1+/gsu, '$1')];
  const codes = characters.map((character) => character.codePointAt(0) ?? 0);
  const orders = KEYBOARDS.map((keys) =>
    characters.map((character, index) => keys.get(character) ?? BEYOND + (codes[index] ?? 0)),
  );
  return Math.min(
    ...[codes, ...orders].flatMap((symbols) => [novel(symbols), novelByTurns(symbols)]),
  );
}

/** How many different characters there are, whatever their case. */
export function differentCharacters(password: string): number {
  return new Set(foldCase(password)).size;
}

function novel(symbols: readonly number[]): number {
  return novelty(symbols, { piece: 3, run: 4 });
}

function novelByTurns(symbols: readonly number[]): number {
  const [even, odd] = [0, 1].map((rest) => symbols.filter((_, index) => index % 2 === rest));
  return novel(even ?? []) + novel(odd ?? []);
}
