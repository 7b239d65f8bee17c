import { existsSync } from 'node:fs';
import { messageOf } from '../../common/errors/message-of.js';
import { StartError } from '../../common/errors/start.error.js';
import { readTextFile } from './files.js';

const BLANK_LINE = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
/** The value is in quotes, which may span lines, or ends before a blank and `#`. */
const ENTRY =
  /[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\[^])*)"|`([^`]*)`|((?:[^\s'"`#][^\n]*?)?))(?:[ \t]+#[^\n]*)?[ \t]*(?:\n|$)/y;

/**
 * Adds the variables of an `.env` file to those that are not set yet.
 *
 * Node's own parser, like dotenv's, ends a plain value at any `#`, skips a line that it cannot read and takes a byte
 * order mark for a part of the first name. A setting would be lost without an error (S-206).
 *
 * @param names the variables that the service reads; only their values are checked
 * @throws StartError naming the line that cannot be taken as it stands, and never its value
 */
export function loadEnvFile(
  file: string,
  environment: NodeJS.ProcessEnv,
  names: ReadonlySet<string>,
): void {
  if (!existsSync(file)) return;
  for (const [name, value] of parseEnvFile(textOf(file), names)) {
    // An empty variable counts as unset.
    if ((environment[name] ?? '') === '') environment[name] = value;
  }
}

function textOf(file: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    throw new StartError(`.env ${messageOf(error)}; it must be a text file in UTF-8`);
  }
}

function parseEnvFile(input: string, names: ReadonlySet<string>): Map<string, string> {
  const text = input.replaceAll(/\r\n?/g, '\n');
  const values = new Map<string, string>();
  for (let at = 0; at < text.length;) {
    const blank = matchAt(BLANK_LINE, text, at);
    const entry = blank ?? matchAt(ENTRY, text, at);
    const refuse = (fault: string): never => {
      throw new StartError(`.env line ${text.slice(0, at).split('\n').length} ${fault}`);
    };
    if (!entry) return refuse('is not NAME=value, or its value needs quotes around it');
    if (!blank) {
      const { name, value, fault } = read(entry);
      if (hidesEntry(value, names)) refuse('begins a quote that is not closed');
      if (names.has(name) && values.has(name)) refuse(`sets ${name} again`);
      if (names.has(name) && fault !== undefined) refuse(`sets ${name}: ${fault}`);
      values.set(name, value);
    }
    at += entry[0].length;
  }
  return values;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The fault is that other programs expand variables and escapes, each by rules of its own. */
function read([, name = '', single, double, back, plain]: RegExpExecArray): {
  readonly name: string;
  readonly value: string;
  readonly fault: string | undefined;
} {
  const literal = single ?? back;
  if (literal !== undefined) return { name, value: literal, fault: undefined };
  const text = double ?? plain ?? '';
  const isExpanded = /\$[{(]/.test(text) || (double?.includes('\\') ?? false);
  return {
    name,
    value: double === undefined ? text : text.replaceAll(String.raw`\n`, '\n'),
    fault: isExpanded ? 'nothing is expanded; put the value in single quotes' : undefined,
  };
}

/** Whether a quoted value extends over a line that sets one of our variables. */
function hidesEntry(value: string, names: ReadonlySet<string>): boolean {
  const [, ...lines] = value.split('\n');
  return lines.some((line) => names.has(/^\s*(?:export\s+)?(\w+)\s*=/.exec(line)?.[1] ?? ''));
}
