import type { Engine } from './engines/engine.js';

const NOT_LISTENING = 'nothing listens there: check host and port, and whether the server runs';
const UNREACHABLE = 'the host does not answer: check host, port and network';
const UNKNOWN_HOST = 'the host is unknown: check its name';
const TLS = 'TLS failed: check DATABASE_TLS and DATABASE_CA_FILE';

/** What an operator can do, by the code of an error of Node's connections. */
const REMEDIES: Readonly<Record<string, string>> = {
  EAI_AGAIN: UNKNOWN_HOST,
  ECONNREFUSED: NOT_LISTENING,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENOTFOUND: UNKNOWN_HOST,
  ETIMEDOUT: UNREACHABLE,
  CERT_HAS_EXPIRED: TLS,
  DEPTH_ZERO_SELF_SIGNED_CERT: TLS,
  ERR_TLS_CERT_ALTNAME_INVALID: TLS,
  SELF_SIGNED_CERT_IN_CHAIN: TLS,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: TLS,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: TLS,
};

/** What an operator can do about a fault of the database; `undefined` for one that nobody expects. */
export function databaseRemedy(error: unknown, engine: Engine): string | undefined {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  const own = engine.remedyFor(error as NodeJS.ErrnoException);
  if (own !== undefined) return own;
  if (syscall === 'connect' && code === 'ENOENT') {
    return 'there is no such Unix socket: check its path, and whether the server runs';
  }
  if (/^(EPROTO|ERR_SSL_.*)$/.test(code)) return TLS;
  return REMEDIES[code];
}
