import { Injectable } from '@nestjs/common';
import { StartError } from '../common/errors/start.error.js';
import type { GatehouseEvent } from './gatehouse-event.js';

type AnyListener = (event: GatehouseEvent) => unknown;

/** What Gatehouse's own durable listeners decide for themselves. */
export interface DurableListenerOptions {
  /** Whether the event shall be stored for the listener; without it each is. */
  readonly accepts?: (event: GatehouseEvent) => boolean;
  /** Pause in ms after so many failures in a row of an event of this age, in place of the usual one. */
  readonly pauseAfter?: (failures: number, ageMs: number) => number;
}

interface Call extends DurableListenerOptions {
  readonly run: AnyListener;
}

interface DurableListener {
  /** Distinguishes two listeners with one name. */
  readonly listener: unknown;
  /** By the name of the event or job. */
  readonly calls: Map<string, Call>;
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
  add(
    name: string,
    event: string,
    listener: unknown,
    run: AnyListener,
    options: DurableListenerOptions = {},
  ): () => void {
    if (!NAME.test(name)) {
      throw new StartError(
        `the durable listener "${name}" needs another name: 1 to 100 printable ASCII characters without spaces`,
      );
    }
    const known = this.byName.get(name) ?? { listener, calls: new Map<string, Call>() };
    if (known.listener !== listener) {
      throw new StartError(
        `two durable listeners are called ${name}: give one another name, as in { durable: 'name' }`,
      );
    }
    known.calls.set(event, { run, ...options });
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

  /** The names of those for which the event is to be stored. */
  namesFor(event: GatehouseEvent): readonly string[] {
    return this.names.filter((name) => {
      const call = this.byName.get(name)?.calls.get(event.name);
      return call !== undefined && (call.accepts?.(event) ?? true);
    });
  }

  /** @returns `undefined` where no listener of that name listens to the event or does the job */
  find(name: string, event: string): AnyListener | undefined {
    return this.byName.get(name)?.calls.get(event)?.run;
  }

  /** The listener's own pause; `undefined` where it has the usual one. */
  pauseOf(name: string, event: string): DurableListenerOptions['pauseAfter'] {
    return this.byName.get(name)?.calls.get(event)?.pauseAfter;
  }
}
