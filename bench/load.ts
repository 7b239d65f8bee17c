import { fork, type ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { guardChild } from '../test/support/cleanup.ts';
import { isPinned, LOAD_CORE } from './machine.ts';

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoadJob {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Distributed over the connections; each connection repeats its own requests. */
  readonly requests: readonly LoadRequest[];
  /** Each connection sends the refresh token of its last answer. */
  readonly isChained?: boolean;
  /** Ends after this number of requests instead of after a time. */
  readonly amount?: number;
  /** Rate of all connections together; default: as fast as answers arrive. */
  readonly ratePerSecond?: number;
}

export interface LoadResult {
  /** Answered with 2xx. */
  readonly requests: number;
  readonly seconds: number;
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A process that sends requests from a separate core, one job at a time. */
export class LoadGenerator {
  private readonly child: ChildProcess;

  constructor() {
    this.child = fork(`${import.meta.dirname}/load-worker.ts`, {
      execArgv: ['--import', '@swc-node/register/esm-register'],
    });
    guardChild(this.child);
    if (isPinned) {
      execFileSync('taskset', ['-a', '-c', '-p', LOAD_CORE, String(this.child.pid)]);
    }
  }

  async run(job: LoadJob): Promise<LoadResult> {
    const answered = once(this.child, 'message');
    this.child.send(job);
    const [message] = (await answered) as [{ result?: LoadResult; error?: string }];
    if (!message.result) throw new Error(`The load could not be made: ${message.error}`);
    return message.result;
  }

  stop(): void {
    this.child.kill();
  }
}
