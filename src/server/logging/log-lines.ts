/**
 * The longest batch. Lines are written in batches, because a write for each costs as much as the request. A write of
 * this size to a pipe is atomic, so that processes which share a pipe do not interleave their lines.
 */
const MAX_LENGTH = 4096;
const MAX_DELAY_MS = 100;

/** Read once, because `process.pid` is a system call at each use. */
const PROCESS_ID = process.pid;
/** Text without characters that JSON escapes, like most log lines. */
const PLAIN = /^[\w /.~:@!$&'()*+,;=%-]*$/;

/**
 * Writes JSON lines of level `log` to standard output, in the form of Nest's own logger, which takes ten times as long
 * for each. Lines that can wait are buffered for at most 100 ms; SIGKILL loses them.
 */
class LogLines {
  private collected = '';
  private timer: NodeJS.Timeout | undefined;

  constructor() {
    process.once('exit', () => this.flush());
  }

  /**
   * Buffers a line.
   *
   * @param message in JSON form, without the quotes
   * @param members further members of the line, in JSON form
   */
  collect(context: string, message: string, members: string): void {
    this.add(jsonLine(context, message, members));
    this.timer ??= setTimeout(() => this.flush(), MAX_DELAY_MS).unref();
  }

  /** Writes a line at once, after the buffered ones. */
  write(context: string, message: string, members?: string): void {
    this.add(jsonLine(context, inJson(message), members));
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

/** The instance of this process, which has one standard output; created when the first line is logged. */
export function logLines(): LogLines {
  lines ??= new LogLines();
  return lines;
}

/** A text in JSON form, without the quotes. */
function inJson(text: string): string {
  return PLAIN.test(text) ? text : JSON.stringify(text).slice(1, -1);
}

function jsonLine(context: string, message: string, members?: string): string {
  const rest = members === undefined ? '' : `,${members}`;
  return `{"level":"log","pid":${PROCESS_ID},"timestamp":${Date.now()},"message":"${message}","context":"${context}"${rest}}\n`;
}
