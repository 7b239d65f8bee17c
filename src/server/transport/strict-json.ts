import jsonc from 'jsonc-parser';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { POISONED_NAMES } from '../../common/validation/refused-names.js';

const MAX_DEPTH = 20;
const MAX_MEMBERS = 1000;

/**
 * Parses JSON that can be read in one way only (RFC 8259 §4, S-128, S-129, S-132).
 *
 * `JSON.parse` decides whether the text is JSON; a second pass refuses what it accepts:
 * a duplicate member, a name that reaches a prototype, unbounded nesting and size.
 *
 * @throws CodedException 40002
 */
export function parseStrictJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    checkStructure(text);
    return value;
  } catch (error) {
    if (error instanceof CodedException) throw error;
    // No cause: the engine's message quotes the body, which may hold a password (S-146).
    throw new CodedException(ERROR.BODY_NOT_JSON);
  }
}

function checkStructure(text: string): void {
  const namesByObject: Set<string>[] = [];
  let depth = 0;
  let members = 0;

  const count = () => refuseIf(++members > MAX_MEMBERS);
  const enter = () => {
    count();
    refuseIf(++depth > MAX_DEPTH);
  };
  const leave = () => void depth--;

  jsonc.visit(text, {
    onObjectBegin: () => {
      enter();
      namesByObject.push(new Set());
    },
    onObjectEnd: () => {
      leave();
      namesByObject.pop();
    },
    onArrayBegin: enter,
    onArrayEnd: leave,
    onLiteralValue: count,
    onObjectProperty: (name) => {
      const names = namesByObject.at(-1);
      refuseIf(names?.has(name) === true || POISONED_NAMES.has(name));
      names?.add(name);
    },
  });
}

function refuseIf(isRefused: boolean): void {
  if (isRefused) throw new CodedException(ERROR.BODY_NOT_JSON);
}
