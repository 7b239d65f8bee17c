import type { EntityManager, ObjectLiteral } from 'typeorm';
import { groupBy } from '../common/group-by.js';
import type { CompiledLookUp, Found } from './compiled-look-up.js';

type Read = <T>(work: (manager: EntityManager) => Promise<T>) => Promise<T>;
type AnyLookUp = CompiledLookUp<ObjectLiteral>;

interface Waiting {
  readonly lookUp: AnyLookUp;
  readonly key: string;
  readonly resolve: (found: Found<ObjectLiteral> | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** In one statement. */
const MAX_TOGETHER = 128;

/**
 * Reads for several requests what each would look up by itself, when they come together: a statement costs more than
 * its rows. Nobody is told what was read before they asked.
 */
export class GroupedLookUps {
  private waiting: Waiting[] = [];

  constructor(private readonly read: Read) {}

  add<T extends ObjectLiteral>(
    lookUp: CompiledLookUp<T>,
    key: string,
  ): Promise<Found<T> | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ lookUp, key, resolve: resolve as Waiting['resolve'], reject });
      // When the requests that have arrived by now have come as far as this one.
      if (this.waiting.length === 1) setImmediate(() => this.readAll());
    });
  }

  private readAll(): void {
    const groups = groupBy(this.waiting, ({ lookUp }) => lookUp);
    this.waiting = [];
    for (const [lookUp, group] of groups) {
      for (let start = 0; start < group.length; start += MAX_TOGETHER) {
        void this.readSome(lookUp, group.slice(start, start + MAX_TOGETHER));
      }
    }
  }

  private async readSome(lookUp: AnyLookUp, group: readonly Waiting[]): Promise<void> {
    const keys = [...new Set(group.map(({ key }) => key))];
    try {
      const found = await this.read((manager) => lookUp.find(manager, keys));
      for (const { key, resolve } of group) resolve(found.get(key));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
