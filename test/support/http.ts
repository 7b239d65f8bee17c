// A client that sends exactly the given request: no redirects, no retries, a new connection each time,
// any header. (`fetch` forbids some headers and trusts no test certificate.)
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { PATIENCE_MS } from './patience.ts';

/** A server that requests can be sent to: a `TestService`, or just an address. */
export interface Reachable {
  readonly url: string;
  /** Sent with every request, unless its options say otherwise. */
  readonly headers?: RequestOptions['headers'];
}

export interface RequestOptions {
  /** A list sends the header several times; `undefined` leaves it out. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as it is; the caller sets its content type. */
  readonly body?: string | Buffer;
  readonly basic?: readonly [user: string, password: string];
  readonly bearer?: string;
  /** The certificate to trust. Without it any certificate is accepted. */
  readonly ca?: string;
  readonly timeoutMs?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed, if it is JSON; the text otherwise. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test states the shape it expects
  readonly body: any;
  readonly text: string;
}

export async function request(
  service: Reachable,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<HttpResponse> {
  const url = new URL(service.url);
  const [type, body] = bodyOf(options);
  const headers = {
    ...(type && { 'content-type': type }),
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
    ...authorizationOf(options),
    ...lowerCased(service.headers),
    ...lowerCased(options.headers),
  };
  const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)({
    host: url.hostname,
    port: url.port,
    method,
    path,
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
    agent: false,
    ca: options.ca,
    rejectUnauthorized: options.ca !== undefined,
  });
  const limitMs = options.timeoutMs ?? PATIENCE_MS;
  // `AbortSignal.timeout` would take as much CPU as the rest of a request.
  const limit = setTimeout(
    () => outgoing.destroy(new Error(`No whole answer to ${method} ${path} in ${limitMs} ms`)),
    limitMs,
  );
  // After the head, the response reports the failure too.
  outgoing.on('error', () => undefined);
  try {
    outgoing.end(body);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    return await readResponse(incoming);
  } finally {
    clearTimeout(limit);
  }
}

/** The value of an Authorization header by RFC 7617, in UTF-8. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

export interface ExchangeOptions {
  /** Whether to use TLS; default: according to the service's address. */
  readonly tls?: boolean;
  /** How long the answer may pause before it counts as complete on a connection left open. */
  readonly quietMs?: number;
  readonly timeoutMs?: number;
  /** Fails unless the service itself closes the connection. */
  readonly untilClosed?: boolean;
  readonly encoding?: BufferEncoding;
}

/**
 * Sends exactly these bytes and returns all received bytes, until the service closes the connection or
 * sends nothing more after its answer.
 */
export function rawExchange(
  service: Reachable,
  bytes: string | Buffer,
  options: ExchangeOptions = {},
): Promise<string> {
  const { protocol, hostname: host, port } = new URL(service.url);
  const { quietMs = 500, timeoutMs = PATIENCE_MS, encoding = 'utf8' } = options;
  const secure = options.tls ?? protocol === 'https:';
  const socket = secure
    ? connectTls({ host, port: Number(port), rejectUnauthorized: false })
    : connectPlain({ host, port: Number(port) });

  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const finish = (error?: Error): void => {
      clearTimeout(limit);
      clearTimeout(quiet);
      socket.destroy();
      const answer = Buffer.concat(received).toString(encoding);
      // A reset after the answer is only the way in which the other side closed.
      const isLeftOpen = options.untilClosed === true && error === silence;
      if (error && (answer === '' || isLeftOpen)) reject(error);
      else resolve(answer);
    };
    const silence = new Error(`Neither an answer nor its end within ${timeoutMs} ms`);
    const limit = setTimeout(() => finish(silence), timeoutMs);
    let quiet: NodeJS.Timeout | undefined;
    socket.once(secure ? 'secureConnect' : 'connect', () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk);
      clearTimeout(quiet);
      // Waits for the whole answer, however long it takes.
      const isWhole = isWholeAnswer(Buffer.concat(received).toString('latin1'));
      if (!options.untilClosed && isWhole) quiet = setTimeout(finish, quietMs);
    });
    socket.once('error', finish);
    socket.once('close', () => finish());
  });
}

/** Whether the head has arrived, and the whole body that it announces. */
function isWholeAnswer(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const head = answer.slice(0, end);
  const body = answer.slice(end + 4);
  if (/^transfer-encoding:.*chunked/im.test(head)) return body.endsWith('0\r\n\r\n');
  return body.length >= Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
}

function bodyOf({ json, form, body }: RequestOptions): [type?: string, body?: string | Buffer] {
  if (json !== undefined) return ['application/json', JSON.stringify(json)];
  if (form) return ['application/x-www-form-urlencoded', new URLSearchParams(form).toString()];
  return [undefined, body];
}

function authorizationOf({ basic: pair, bearer }: RequestOptions): { authorization?: string } {
  if (pair) return { authorization: basic(...pair) };
  return bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
}

function lowerCased(headers: RequestOptions['headers'] = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

async function readResponse(incoming: IncomingMessage): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const isJson = /\bjson\b/.test(headers.get('content-type') ?? '') && text !== '';
  return {
    status: incoming.statusCode ?? 0,
    headers,
    body: isJson ? JSON.parse(text) : text,
    text,
  };
}
