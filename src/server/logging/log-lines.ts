/**
 * Lines are written together: one by one they cost as much as the request. No more than a pipe takes in one piece, so
 * that of several processes with one pipe none cuts another's line.
 */
const MAX_LENGTH = 4096;
const MAX_DELAY_MS = 100;

/** Asked of the system at each use. */
const PROCESS_ID = process.pid;
/** What JSON leaves as it is, as it does most of what we log. */
const PLAIN = /^[\w /.~:@!$&'()*+,;=%-]*$/;

/**
 * JSON lines of level `log` on their way to standard output, in the form of Nest's own logger, which takes ten times
 * as long for each. What can wait is collected, for 100 ms at most, and whoever kills the process hard loses it.
 */
class LogLines {
  private collected = '';
  private timer: NodeJS.Timeout | undefined;

  constructor() {
    process.once('exit', () => this.flush());
  }

  /**
   * Some time soon.
   *
   * @param message as it stands in JSON, between quotes
   */
  collect(context: string, message: string): void {
    this.add(jsonLine(context, message));
    this.timer ??= setTimeout(() => this.flush(), MAX_DELAY_MS).unref();
  }

  /** Now, behind what was collected before. */
  write(context: string, message: string): void {
    this.add(jsonLine(context, inJson(message)));
    this.flush();
  }

  private add(line: string): void {
    if (this.collected.length + line.length > MAX_LENGTH) this.flush();
    this.collected += line;
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.collected !== '') process.stdout.write(this.collected);
    this.collected = '';
  }
}

let lines: LogLines | undefined;

/** One for the process, as standard output is; made when something is logged. */
export function logLines(): LogLines {
  lines ??= new LogLines();
  return lines;
}

/** A text as it stands between quotes. */
function inJson(text: string): string {
  return PLAIN.test(text) ? text : JSON.stringify(text).slice(1, -1);
}

function jsonLine(context: string, message: string): string {
  return `{"level":"log","pid":${PROCESS_ID},"timestamp":${Date.now()},"message":"${message}","context":"${context}"}\n`;
}
