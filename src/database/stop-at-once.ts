import { StartError } from '../common/errors/start.error.js';

/**
 * For `toRetry` of `TypeOrmModule.forRoot`: a database that cannot be used ends the start at the first error, in one
 * line. By default `@nestjs/typeorm` tries ten times, 3 s apart, and prints a stack each time.
 *
 * @example TypeOrmModule.forRoot({ …, toRetry: stopAtOnce })
 * @throws StartError in place of an error of the driver, of which Nest prints every member
 * @public
 */
export function stopAtOnce(error: Error): never {
  if (error instanceof StartError) throw error;
  throw new StartError(`the database cannot be used: ${reasonOf(error)}`);
}

/** Node reports several addresses that refuse a connection as one error without a message. */
function reasonOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const { message } = first instanceof Error ? first : error;
  return message.split('\n', 1)[0] || error.name;
}
