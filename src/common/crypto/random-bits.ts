import { decoded, hexDigits, withoutPercentEncoding } from './encodings.js';
import { novelty } from './novelty.js';

/** Lengths from which repetitions and equal steps (`abcdefgh`, 00 11 22 …) are not random. */
const OF_CHARACTERS = { piece: 8, run: 8 };
const OF_BYTES = { piece: 8, run: 5 };

const UUID = /^[\da-f]{8}-[\da-f]{4}-([\da-f])[\da-f]{3}-[\da-f]{4}-[\da-f]{12}/i;
/** Random bits of a UUID by its version; other versions consist of time, machine or name. */
const UUID_BITS: Readonly<Record<string, number>> = { '4': 122, '7': 74 };
/** Random bits of a word from a list of 7,776, as diceware uses. */
const BITS_OF_A_WORD = 12.9;

/**
 * The most random bits that a text can hold, by its alphabet. Predictable parts do not count: padding, separators,
 * repetition, sequences.
 */
export function randomBits(secret: string): number {
  const text = withoutPercentEncoding(secret).replace(/=+$/, '');
  const written = bitsAsWritten(text);
  const bytes = decoded(text);
  if (bytes === undefined) return written;
  const ofBytes = 8 * novelty([...bytes], OF_BYTES);
  const inner = /^[!-~]{16,}\s*$/.test(bytes.toString('latin1'))
    ? randomBits(bytes.toString('latin1').trim())
    : Infinity;
  return Math.min(written, ofBytes, inner);
}

function bitsAsWritten(text: string): number {
  const uuids = bitsOfUuids(text);
  if (uuids !== undefined) return uuids;
  const words = text.match(/^(?:[A-Z]?[a-z]+[-_.])+[A-Z]?[a-z]+$|^(?:[A-Z][a-z]*){3,}$/)
    ? text.match(/[A-Z]?[a-z]+/g)?.length
    : undefined;
  if (words !== undefined) return words * BITS_OF_A_WORD;
  const digits = hexDigits(text) ?? text;
  return novelty([...digits].map(codeOf), OF_CHARACTERS) * bitsOfACharacter(digits);
}

/** Random bits of a text that begins with a UUID; further ones may follow, with any separators. */
function bitsOfUuids(text: string): number | undefined {
  let bits: number | undefined;
  for (let rest = text; rest !== '';) {
    const [uuid, version = ''] = UUID.exec(rest) ?? [];
    if (uuid === undefined) return bits === undefined ? undefined : bits + randomBits(rest);
    bits = (bits ?? 0) + (UUID_BITS[version] ?? 0);
    rest = rest.slice(uuid.length).replace(/^[^\da-z]+/i, '');
  }
  return bits;
}

/** Random bits per character, by the narrowest alphabet that holds the whole text. */
function bitsOfACharacter(text: string): number {
  if (/^\d+$/.test(text)) return Math.log2(10);
  if (/^(?:[\da-f]+|[\dA-F]+)$/i.test(text)) return 4;
  if (/^(?:[A-Z2-7]+|[a-z2-7]+)$/.test(text)) return /\d/.test(text) ? 5 : Math.log2(26);
  if (/^(?:[A-Z\d]+|[a-z\d]+)$/.test(text)) return Math.log2(36);
  return 6;
}

function codeOf(character: string): number {
  return character.charCodeAt(0);
}
