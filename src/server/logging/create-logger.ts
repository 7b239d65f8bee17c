import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { isatty } from 'node:tty';
import { StartError } from '../../common/errors/start.error.js';
import { escapedJson } from '../../common/escaped-json.js';
import { AuditLine } from '../../events/audit-log.js';
import { logLines } from './log-lines.js';

export interface LoggerOptions {
  /** One JSON object per line, for a log collector; otherwise plain lines. */
  readonly isJson: boolean;
  /** Least important level that is logged. */
  readonly level: 'debug' | 'log' | 'warn' | 'error';
}

const STDOUT = 1;
const LEVELS: readonly LogLevel[] = ['debug', 'log', 'warn', 'error', 'fatal'];

/** Contexts of Nest's log lines about its own start; they are logged at level debug. */
const NEST_START_CONTEXTS: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Whether lines of a level are logged when `least` is the least important level that is logged. */
export function isLogged(level: LoggerOptions['level'], least: LoggerOptions['level']): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

export function createLogger({ isJson, level }: LoggerOptions): ConsoleLogger {
  return new ServiceLogger({
    json: isJson,
    colors: !isJson && isatty(STDOUT),
    logLevels: LEVELS.slice(LEVELS.indexOf(level)),
  });
}

type JsonOptions = Parameters<ConsoleLogger['printAsJson']>[1];

class ServiceLogger extends ConsoleLogger {
  /** Writes lines of the audit log whatever the level is: the level must not hide an attack (S-148). */
  override log(message: unknown, ...rest: unknown[]): void {
    if (message instanceof AuditLine) this.printMessages([message], String(rest.at(-1)));
    else if (NEST_START_CONTEXTS.has(rest.at(-1))) this.debug(message, ...rest);
    else super.log(message, ...(rest as [string]));
  }

  /** `main.ts` reports a StartError in one line; Nest would log it with a stack. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (!(message instanceof StartError)) super.error(message, ...(rest as [string]));
  }

  protected override printAsJson(message: unknown, options: JsonOptions): void {
    const { context, logLevel, params } = options;
    if (message instanceof AuditLine) {
      const { event, ...facts } = message;
      logLines().write(context, event, escapedJson(facts).slice(1, -1));
      return;
    }
    if (logLevel === 'log' && typeof message === 'string' && context && !params) {
      logLines().write(context, message);
      return;
    }
    logLines().flush();
    super.printAsJson(message, options);
  }
}
