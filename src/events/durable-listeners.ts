import { Injectable } from '@nestjs/common';
import { StartError } from '../common/errors/start.error.js';
import type { GatehouseEvent, GatehouseEventName } from './gatehouse-event.js';

type AnyListener = (event: GatehouseEvent) => unknown;

interface DurableListener {
  /** Distinguishes two listeners with one name. */
  readonly listener: unknown;
  /** By the name of the event or job. */
  readonly calls: Map<string, AnyListener>;
}

/** Printable ASCII without spaces: what the column of the name takes. */
const NAME = /^[\x21-\x7e]{1,100}$/;

/** The durable listeners of this process, by their names. */
@Injectable()
export class DurableListeners {
  private readonly byName = new Map<string, DurableListener>();
  private readonly additions: (() => void)[] = [];

  /** The names of all. */
  get names(): readonly string[] {
    return [...this.byName.keys()];
  }

  /**
   * @param listener identifies it: one listener may listen to several events under one name
   * @returns a function that removes it
   * @throws StartError for another listener under the same name, or a name of wrong form
   */
  add(name: string, event: string, listener: unknown, call: AnyListener): () => void {
    if (!NAME.test(name)) {
      throw new StartError(
        `the durable listener "${name}" needs another name: 1 to 100 printable ASCII characters without spaces`,
      );
    }
    const known = this.byName.get(name) ?? { listener, calls: new Map<string, AnyListener>() };
    if (known.listener !== listener) {
      throw new StartError(
        `two durable listeners are called ${name}: give one another name, as in { durable: 'name' }`,
      );
    }
    known.calls.set(event, call);
    this.byName.set(name, known);
    for (const added of this.additions) added();
    return () => {
      known.calls.delete(event);
      if (known.calls.size === 0) this.byName.delete(name);
    };
  }

  /** Calls back after each addition. */
  onAddition(added: () => void): void {
    this.additions.push(added);
  }

  /** The names of those that listen to the event. */
  namesFor(event: GatehouseEventName): readonly string[] {
    return this.names.filter((name) => this.byName.get(name)?.calls.has(event));
  }

  /** @returns `undefined` where no listener of that name listens to the event or does the job */
  find(name: string, event: string): AnyListener | undefined {
    return this.byName.get(name)?.calls.get(event);
  }
}
