import type { ColumnOptions, PrimaryColumnOptions } from 'typeorm';

/**
 * A time in milliseconds since the Unix epoch: the same on every engine, independent of time zones and of
 * an engine's resolution (S-182).
 */
export function millisecondsColumn(name: string): ColumnOptions & PrimaryColumnOptions {
  return bigIntegerColumn(name);
}

/** A 64-bit integer, which drivers return as text or number; the entity has numbers. */
export function bigIntegerColumn(name: string): ColumnOptions & PrimaryColumnOptions {
  return {
    name,
    type: 'bigint',
    transformer: { to: (value: number | null) => value, from: toNumber },
  };
}

/** Drivers return 64-bit integers as text or number. */
export function toNumber(value: string | number | null): number | null {
  return value === null ? null : Number(value);
}

/** A list of words without spaces, stored as one text with a space between them. */
export function wordsColumn(name: string): ColumnOptions {
  return {
    name,
    type: 'varchar',
    transformer: {
      to: (words: readonly string[] | null) => words?.join(' ') ?? null,
      from: (text: string | null) => (text === null ? null : text.split(' ').filter(Boolean)),
    },
  };
}
