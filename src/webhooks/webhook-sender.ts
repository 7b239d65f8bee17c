import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { HostAddresses } from './host-addresses.js';
import type { WebhookFailure } from './webhook-failure.js';
import { hostOf } from './webhook-url.js';

/** Limit of an attempt, from the look-up of the name to the end of the answer. */
const LIMIT_MS = 10_000;
/** What is read of an answer's body, which means nothing to us. */
const MAX_ANSWER_BYTES = 16_384;

const TLS_ERROR = /^(?:CERT_|DEPTH_ZERO_|EPROTO$|ERR_SSL_|ERR_TLS_|SELF_SIGNED_|UNABLE_TO_)/;

/** What became of an attempt; without a failure it was delivered. */
export interface AttemptResult {
  readonly status: number | null;
  readonly failure: WebhookFailure | null;
}

/**
 * Sends one request to a webhook: over HTTPS only, to an address that was checked after the look-up and is used for the
 * connection, past any proxy of the environment, and without following redirects.
 */
@Injectable()
export class WebhookSender {
  constructor(private readonly addresses: HostAddresses) {}

  /** @param aborted ends the attempt early */
  async send(
    address: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    aborted: AbortSignal,
  ): Promise<AttemptResult> {
    const attempt = new AbortController();
    const { signal } = attempt;
    const cancel = () => attempt.abort();
    const limit = setTimeout(cancel, LIMIT_MS);
    aborted.addEventListener('abort', cancel, { once: true });
    try {
      aborted.throwIfAborted();
      const url = new URL(address);
      const found = await this.addresses.find(hostOf(url), signal);
      signal.throwIfAborted();
      if (found.length === 0) return { status: null, failure: 'address' };
      const status = await post(url, headers, body, found, signal);
      return { status, failure: failureOf(status) };
    } catch (error) {
      if (signal.aborted) return { status: null, failure: 'timeout' };
      const { code } = error as NodeJS.ErrnoException;
      return { status: null, failure: TLS_ERROR.test(String(code)) ? 'tls' : 'connection' };
    } finally {
      clearTimeout(limit);
      aborted.removeEventListener('abort', cancel);
    }
  }
}

function failureOf(status: number): WebhookFailure | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? 'redirect' : 'status';
}

/** @returns the status of the answer, which counts even if the rest of the answer does not come */
function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      method: 'POST',
      host: hostOf(url),
      port: url.port === '' ? 443 : Number(url.port),
      path: url.pathname + url.search,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Gatehouse',
      },
      // One of our own: the global one may be a proxy's.
      agent: new Agent({ keepAlive: false }),
      rejectUnauthorized: true,
      lookup: pinnedTo(addresses),
      signal,
    });
    let status: number | undefined;
    const end = () => {
      if (status !== undefined) resolve(status);
      outgoing.destroy();
    };
    const fail = (error: Error) => (status === undefined ? reject(error) : resolve(status));
    outgoing.on('error', fail);
    // An answer that changes the protocol (101) is neither a response nor an error: Node only closes the connection.
    outgoing.once('close', () => fail(new Error('closed without a response')));
    outgoing.once('response', (incoming) => {
      status = incoming.statusCode;
      drain(incoming, end);
    });
    outgoing.end(body);
  });
}

/** Reads a small body to its end, and cuts off a larger one. */
function drain(incoming: IncomingMessage, done: () => void): void {
  let bytes = 0;
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) done();
  });
  incoming.on('error', done);
  incoming.once('close', done);
}

/** A look-up that gives the checked addresses, whatever the name resolves to by now. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name, { all }, callback) => {
    if (all) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  };
}
