import { Logger } from '@nestjs/common';

/** Settings of a server that make a commit survive its crash, with their safe values. */
export type DurableSettings = Readonly<Record<string, readonly string[]>>;

/** Warns that a crash of the server may lose answered commits: the operator may choose this, but must know it. */
export function warnOfLoss(settings: ReadonlyMap<string, string>, durable: DurableSettings): void {
  for (const [name, safe] of Object.entries(durable)) {
    const value = settings.get(name);
    if (value === undefined || safe.includes(value)) continue;
    new Logger('Database').warn(
      `${name} is ${value} on the database server: what was answered may be lost when it crashes`,
    );
  }
}
