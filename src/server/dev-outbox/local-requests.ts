import type { IncomingMessage } from 'node:http';
import { compileAddressList } from '../../common/transport/address-list.js';
import { requestFacts } from '../../common/transport/request-facts.js';

const isLoopback = compileAddressList(['127.0.0.0/8', '::1']);

/**
 * Whether the client is on this machine and names it: a page of another site whose name leads to this machine (DNS
 * rebinding) and a tunnel name another host.
 */
export function isOfThisMachine(request: IncomingMessage, publicUrl: string | undefined): boolean {
  return (
    isLoopback(requestFacts(request).clientAddress) &&
    namesThisMachine(request.headers.host ?? '', publicUrl)
  );
}

function namesThisMachine(host: string, publicUrl: string | undefined): boolean {
  const url = `http://${host}`;
  if (!URL.canParse(url)) return false;
  const name = new URL(url).hostname.replaceAll(/^\[|\]$/g, '');
  if (name === 'localhost' || isLoopback(name)) return true;
  return publicUrl !== undefined && name === new URL(publicUrl).hostname;
}
