import type { Limiter } from './limit.js';
import type { Limiters } from './limiters.js';
import { take } from './taking.js';
import { tooManyAttempts } from './too-many-attempts.js';

const FIRST_DELAY_S = 30;
const MAX_DELAY_S = 3_600;
const MAX_FAILURES = 100;
/** A counter is forgotten after this time without an attempt that was admitted. */
const REMEMBERED_S = 30 * 86_400;

/** What the next failure begins. */
export type Consequence = 'delay' | 'stop';

/** An attempt that was counted and may be made. */
export interface Admission {
  /** What follows if it fails. */
  readonly onFailure: Consequence | undefined;
  /** Gives it back, as if it had not been made. */
  cancel(): Promise<void>;
}

export interface GrowingDelayRule {
  readonly name: string;
  /** The failure that begins the first delay. */
  readonly delaysFrom: number;
  /** Whether 100 failures stop it until a reset. */
  readonly stops: boolean;
}

/**
 * Admits a few attempts freely and each further one only after a delay, from 30 s doubling to 1 h (S-24). An attempt is
 * counted before it is made, and a success forgets them (S-27, S-31). Beyond the free ones, one point of `gate` admits one
 * attempt for the length of the delay, so that of any number at the same time, on any number of instances, one is made.
 */
export class GrowingDelay {
  private readonly free: Limiter;
  private readonly gate: Limiter;
  /** How many attempts `gate` has admitted. */
  private readonly level: Limiter;
  private readonly stopLevel: number;

  constructor(
    limiters: Limiters,
    private readonly rule: GrowingDelayRule,
  ) {
    const { name, delaysFrom, stops } = rule;
    const limit = { kind: 'password', points: 1, seconds: REMEMBERED_S } as const;
    this.free = limiters.limiter({ ...limit, name: `${name}:free`, points: delaysFrom - 1 });
    this.gate = limiters.limiter({ ...limit, name: `${name}:gate` });
    this.level = limiters.limiter({ ...limit, name: `${name}:level` });
    this.stopLevel = stops ? MAX_FAILURES - delaysFrom + 1 : Infinity;
  }

  /**
   * @param hasFree whether the first few need no delay
   * @throws CodedException 42901
   */
  async admit(key: string, hasFree = true): Promise<Admission> {
    if (hasFree && (await take(this.free, key)).isTaken) {
      return { onFailure: undefined, cancel: async () => void (await this.free.reward(key)) };
    }
    const level = await this.levelOf(key);
    if (level >= this.stopLevel) {
      throw tooManyAttempts(MAX_DELAY_S * 1000, `${this.rule.name}: stopped until a reset`);
    }
    const gate = await take(this.gate, key, delayAfter(level));
    if (!gate.isTaken) throw tooManyAttempts(gate.waitMs, `${this.rule.name}: delayed`);
    if ((await this.levelOf(key)) !== level) {
      // The failures were forgotten meanwhile, or another attempt was admitted.
      await this.gate.delete(key);
      return this.admit(key, hasFree);
    }
    await this.remember(key, level + 1);
    return {
      onFailure: level + 1 === this.stopLevel ? 'stop' : 'delay',
      cancel: async () => {
        // A success of another attempt has forgotten it already.
        if ((await this.levelOf(key)) !== level + 1) return;
        await this.remember(key, level);
        await this.gate.delete(key);
      },
    };
  }

  /** Forgets all failures. */
  async forget(key: string): Promise<void> {
    await Promise.all([this.level, this.free].map((limiter) => limiter.delete(key)));
    // Last, so that an attempt that takes it finds the others forgotten.
    await this.gate.delete(key);
  }

  private async levelOf(key: string): Promise<number> {
    return (await this.level.get(key))?.consumedPoints ?? 0;
  }

  /** Only the attempt that `gate` admits calls it: one that is refused must not undo that failures are forgotten. */
  private async remember(key: string, level: number): Promise<void> {
    await Promise.all([
      this.free.set(key, this.free.points, REMEMBERED_S),
      this.level.set(key, level, REMEMBERED_S),
    ]);
  }
}

function delayAfter(level: number): number {
  return Math.min(FIRST_DELAY_S * 2 ** level, MAX_DELAY_S);
}
