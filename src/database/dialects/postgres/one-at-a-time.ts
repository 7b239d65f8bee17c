import type { QueryRunner } from 'typeorm';

/**
 * Makes the statements of a query runner wait for each other. TypeORM reads the schema with several at once on one
 * connection, against which pg warns in the log of the application.
 */
export function oneAtATime(runner: QueryRunner): void {
  const query = runner.query.bind(runner) as (...statement: unknown[]) => Promise<unknown>;
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (...statement: unknown[]) => {
    const answer = turn.then(() => query(...statement));
    turn = answer.catch(() => undefined);
    return answer;
  };
  runner.query = inTurn as QueryRunner['query'];
}
