import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { isatty } from 'node:tty';

export interface LoggerOptions {
  /** One JSON object a line, for a log collector; otherwise lines for people. */
  readonly isJson: boolean;
  /** Least important level that is logged. */
  readonly level: 'debug' | 'log' | 'warn' | 'error';
}

const STDOUT = 1;
const LEVELS: readonly LogLevel[] = ['debug', 'log', 'warn', 'error', 'fatal'];

/** What Nest tells about its own start; of interest only when something is wrong with it. */
const NEST_START_CONTEXTS: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

export function createLogger({ isJson, level }: LoggerOptions): ConsoleLogger {
  return new QuietStartLogger({
    json: isJson,
    colors: !isJson && isatty(STDOUT),
    logLevels: LEVELS.slice(LEVELS.indexOf(level)),
  });
}

class QuietStartLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (NEST_START_CONTEXTS.has(rest.at(-1))) this.debug(message, ...rest);
    else super.log(message, ...(rest as [string]));
  }
}
