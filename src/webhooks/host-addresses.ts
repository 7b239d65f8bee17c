import { Inject, Injectable, Optional } from '@nestjs/common';
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { AddressList } from '../common/transport/address-list.js';
import { allowedAddresses } from './public-address.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from './webhooks-options.js';

/** Addresses of name servers in place of the system's, for tests. */
const NAME_SERVERS = Symbol('gatehouse:name-servers');

const QUERY_MS = 2_000;
const QUERIES = 2;

/**
 * Resolves the host of a webhook, once for each attempt. It asks name servers itself: `dns.lookup` would keep a thread that
 * password hashing needs for as long as somebody's name server likes.
 */
@Injectable()
export class HostAddresses {
  /** Whether webhooks may be sent to an address. */
  readonly isAllowed: AddressList;

  constructor(
    @Inject(WEBHOOKS_OPTIONS) { networks }: WebhooksOptions,
    @Optional() @Inject(NAME_SERVERS) private readonly servers: readonly string[] = [],
  ) {
    this.isAllowed = allowedAddresses(networks);
  }

  /** @returns the addresses to connect to; none if there are none, or if one of them is not allowed */
  async find(host: string, signal: AbortSignal): Promise<readonly string[]> {
    const addresses = isIP(host) === 0 ? await this.resolve(host, signal) : [host];
    return addresses.every((address) => this.isAllowed(address)) ? addresses : [];
  }

  private async resolve(name: string, signal: AbortSignal): Promise<readonly string[]> {
    const resolver = new Resolver({ timeout: QUERY_MS, tries: QUERIES });
    if (this.servers.length > 0) resolver.setServers(this.servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
}
