import { disableApiDescription } from '../../common/openapi/api-description-switch.js';
import { StartError } from '../../common/errors/start.error.js';
import { RefusedCommand, UsageError, type Command } from './command.js';
import { recoverOwner } from './recover-owner.js';

// The commands for the operator of the server, with the service's environment. Each may run beside the service. It exits
// with 0 when it has done what it says, with 1 when it may not, and with 2 when it was called wrongly or cannot work.

const COMMANDS: readonly Command[] = [recoverOwner];
const HELP: ReadonlySet<string | undefined> = new Set(['--help', '-h', 'help']);

async function main([name, ...args]: readonly string[]): Promise<void> {
  if (HELP.has(name)) return print(usage());
  const command = COMMANDS.find((each) => each.name === name);
  if (!command) throw new UsageError(usage());
  if (HELP.has(args[0])) return print(helpOf(command));
  const [argument, ...others] = args;
  if (argument === undefined || argument.startsWith('-') || others.length > 0) {
    throw new UsageError(helpOf(command));
  }
  // It would take a third of the time.
  disableApiDescription();
  print(await command.run(argument));
}

function usage(): string {
  const lines = COMMANDS.map(
    ({ name, argument, summary }) => `  ${name} ${argument}\n      ${summary}`,
  );
  return ['usage: npm run gatehouse -- COMMAND', ...lines].join('\n');
}

function helpOf({ name, argument, description }: Command): string {
  return `usage: npm run gatehouse -- ${name} ${argument}\n${description}`;
}

/** Names come from the database, where a user may have put control characters (S-150). */
function print(text: string, stream: NodeJS.WriteStream = process.stdout): void {
  stream.write(`${text.replaceAll(/[^\n\P{C}]/gu, '?')}\n`);
}

function report(error: unknown): void {
  process.exitCode = error instanceof RefusedCommand ? 1 : 2;
  if (error instanceof UsageError) return print(error.message, process.stderr);
  const isExpected = error instanceof StartError || error instanceof RefusedCommand;
  const text = error instanceof Error ? (isExpected ? error.message : error.stack) : String(error);
  print(`Gatehouse: ${text}`, process.stderr);
}

main(process.argv.slice(2)).catch(report);
