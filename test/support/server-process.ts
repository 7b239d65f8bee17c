import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardChild, guardPid, onDispose, releasePid } from './cleanup.ts';
import { childrenOf, isGone, isStopped, signal } from './process-tree.ts';

const startLimitMs = 120_000;
const stopLimitMs = 60_000;

/** A private server: its process, and those that the process starts. It keeps its port and data from start to start. */
export abstract class ServerProcess {
  private process: ChildProcess | undefined;
  /** The processes that {@link pause} has stopped beside the first one. */
  private paused: readonly number[] = [];
  private log = '';
  /** Whether it was killed and has left shared memory, which its next start frees. */
  private leftMemory = false;
  /** The signal that shuts it down regularly. */
  protected readonly stopSignal: NodeJS.Signals = 'SIGTERM';
  /** Whether SIGQUIT ends it at once, yet leaves nothing behind. */
  protected readonly quits: boolean = false;

  protected constructor(
    private readonly name: string,
    private readonly command: readonly [string, ...string[]],
    readonly port: number,
  ) {}

  /** Connects and disconnects; fails while the server does not answer. */
  protected abstract ping(): Promise<void>;

  get pid(): number | undefined {
    return this.process?.pid;
  }

  get isRunning(): boolean {
    return this.process !== undefined;
  }

  /** Starts the server on its data and port, and waits until it answers. */
  async start(): Promise<void> {
    if (this.process) return;
    const [program, ...args] = this.command;
    // In its own session, so that Ctrl-C reaches only the tests, which then stop the server.
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    guardChild(child, { quits: this.quits });
    this.process = child;
    child.stderr.on('data', (text: Buffer) => (this.log = (this.log + text).slice(-10_000)));
    child.once('exit', () => (this.process = undefined));
    await this.untilReady();
  }

  /** Starts it for the first time; it ends with the test file at the latest. */
  protected async startGuarded(): Promise<this> {
    onDispose(async () => {
      if (this.leftMemory) await this.start();
      await this.end();
    });
    await this.start();
    return this;
  }

  private end(): Promise<void> {
    return this.kill(this.quits ? 'SIGQUIT' : 'SIGKILL');
  }

  /** Shuts the server down regularly. */
  async stop(): Promise<void> {
    await this.kill(this.stopSignal);
  }

  /** Kills the server with all its processes, as in a power cut; or ends it by another signal. */
  async kill(name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.process;
    if (!child?.pid) return;
    const exited = once(child, 'exit');
    if (name !== 'SIGKILL') {
      this.resume();
      child.kill(name);
      const inTime = await Promise.race([exited, sleep(stopLimitMs, 'late', { ref: false })]);
      if (inTime !== 'late') return;
    }
    // Stopped, it starts no more processes that would live on.
    await this.pause();
    const all = [child.pid, ...this.paused];
    this.leftMemory = this.quits;
    for (const pid of all) signal(pid, 'SIGKILL');
    await exited;
    await within(stopLimitMs, `${this.name} does not end`, () => all.every(isGone));
    this.forgetPaused();
  }

  /** Freezes the server: connections stay open but get no answer. */
  async pause(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    await this.freeze([pid]);
    this.paused = childrenOf(pid);
    for (const child of this.paused) guardPid(child);
    await this.freeze(this.paused);
  }

  resume(): void {
    for (const pid of this.paused) signal(pid, 'SIGCONT');
    this.forgetPaused();
    this.process?.kill('SIGCONT');
  }

  private async freeze(pids: readonly number[]): Promise<void> {
    for (const pid of pids) signal(pid, 'SIGSTOP');
    // Running threads continue for a moment, and could still answer.
    await within(stopLimitMs, `${this.name} does not stop`, () => pids.every(isStopped));
  }

  private forgetPaused(): void {
    for (const pid of this.paused) releasePid(pid);
    this.paused = [];
  }

  private async untilReady(): Promise<void> {
    const deadline = Date.now() + startLimitMs;
    while (Date.now() < deadline) {
      if (!this.process) throw new Error(`${this.name} did not start:\n${this.log}`);
      try {
        await this.ping();
        this.leftMemory = false;
        return;
      } catch {
        await sleep(50);
      }
    }
    await this.end();
    throw new Error(`${this.name} did not answer in ${startLimitMs / 1000} s:\n${this.log}`);
  }
}

async function within(limitMs: number, problem: string, isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(problem);
    await sleep(5);
  }
}
