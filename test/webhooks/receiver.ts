// A receiver of webhooks: a real HTTPS server.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCertificate } from '../support/certificate.js';
import { onDispose } from '../support/cleanup.js';
import type { Environment } from '../support/service.js';

/** A request that it got. */
export interface Received {
  readonly path: string;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Answer = (received: Received, response: ServerResponse) => number | undefined;

export class Receiver {
  readonly received: Received[] = [];
  /** Connections, also those on which no request came. */
  connections = 0;
  /** The status of each answer; `undefined`: it answers by itself, or not at all. */
  answer: Answer = () => 204;

  private constructor(
    private readonly certificate: { readonly certFile: string; readonly keyFile: string },
    private server: Server,
    private readonly port: number,
  ) {}

  static async start(): Promise<Receiver> {
    const certificate = await createCertificate();
    const server = await listening(certificate, 0);
    const receiver = new Receiver(certificate, server, (server.address() as AddressInfo).port);
    receiver.serve();
    onDispose(() => receiver.stop());
    return receiver;
  }

  /** Settings of a service that may send to it. */
  get env(): Environment {
    return { WEBHOOK_NETWORKS: '127.0.0.1', NODE_EXTRA_CA_CERTS: this.certificate.certFile };
  }

  url(path = '/'): string {
    return `https://127.0.0.1:${this.port}${path}`;
  }

  at(path: string): Received[] {
    return this.received.filter((each) => each.path === path);
  }

  /** Refuses connections until {@link resume}. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  async resume(): Promise<void> {
    this.server = await listening(this.certificate, this.port);
    this.serve();
  }

  private serve(): void {
    this.server.on('connection', () => this.connections++);
    this.server.on('request', (request, response) => void this.take(request, response));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = request.headers as Record<string, string>;
    const received = {
      path: request.url ?? '',
      id: headers['webhook-id'] ?? '',
      headers,
      body: Buffer.concat(chunks).toString(),
    };
    this.received.push(received);
    const status = this.answer(received, response);
    if (status !== undefined) response.writeHead(status).end();
  }
}

async function listening(
  { certFile, keyFile }: { readonly certFile: string; readonly keyFile: string },
  port: number,
): Promise<Server> {
  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
