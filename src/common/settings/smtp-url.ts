import { BlockList, isIP } from 'node:net';
import { percentDecoded } from './percent-decoded.js';
import { checkedText } from './setting-types.js';

/** A mail server, as its URL names it. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (`smtps:`), by STARTTLS, which is then required, or none. */
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly user: string | undefined;
  readonly password: string | undefined;
}

const HOST = /^([\w.-]+|\[[\da-f:.]+\])$/i;
const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const;

/** The address of a mail server: what it lacks is the safe default. */
export const smtpUrl = checkedText((text) => {
  const server = read(text);
  return typeof server === 'string' ? server : undefined;
});

/** @throws Error for a URL that {@link smtpUrl} refuses, without its text */
export function smtpServerOf(text: string): SmtpServer {
  const server = read(text);
  if (typeof server === 'string') throw new Error(`SMTP URL ${server}`);
  return server;
}

/** @returns what is wrong with the text, or the server that it names */
function read(text: string): SmtpServer | string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const { protocol = '', hostname = '' } = url ?? {};
  if (!url || !isScheme(protocol) || !HOST.test(hostname)) {
    return 'must be a URL smtp://… or, with TLS from the start, smtps://…';
  }
  const [user, password] = [percentDecoded(url.username), percentDecoded(url.password)];
  // A password with one of these characters ends the part of the URL that it stands in.
  const isCut = `${url.pathname}${url.search}${url.hash}`.includes('@');
  if (isCut || user === undefined || password === undefined) {
    return 'must percent-encode each %, #, /, ? and @ in user and password';
  }
  if (/\p{Cc}/u.test(user + password)) return 'must hold no control characters';
  if ((user === '') !== (password === '')) return 'must have both user and password, or neither';
  if (!/^\/?$/.test(url.pathname) || !/^(\?tls=(off|required))?$/.test(url.search) || url.hash) {
    return 'must have nothing behind the port but ?tls=off or ?tls=required';
  }
  const host = hostname.replaceAll(/^\[|\]$/g, '');
  const isHere = isLoopback(host);
  const tls = tlsOf(protocol, url.searchParams.get('tls') ?? undefined, isHere);
  if (tls === undefined) return 'must not switch off the TLS of smtps:';
  if (tls === 'none' && user !== '' && !isHere) {
    return 'must not hold a password beside tls=off: it would cross the network in the clear';
  }
  return {
    host,
    port: url.port === '' ? PORTS[protocol] : Number(url.port),
    tls,
    user: user || undefined,
    password: password || undefined,
  };
}

function isScheme(protocol: string): protocol is keyof typeof PORTS {
  return protocol in PORTS;
}

/** On this machine nothing can read along, and its mail server rarely has a certificate for `localhost`. */
function tlsOf(
  protocol: keyof typeof PORTS,
  wanted: string | undefined,
  isHere: boolean,
): SmtpServer['tls'] | undefined {
  if (protocol === 'smtps:') return wanted === 'off' ? undefined : 'implicit';
  if (wanted === 'off') return 'none';
  return wanted === 'required' || !isHere ? 'starttls' : 'none';
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host === 'localhost';
  return LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4');
}
