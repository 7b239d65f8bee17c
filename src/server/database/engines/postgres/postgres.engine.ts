import { inLockedTransaction } from '../../../../database/dialects/postgres/migration-lock.js';
import type { DatabaseOptions } from '../../database-options.js';
import { tlsOptions, usesTls } from '../../database-tls.js';
import { POOL_SIZE, type Engine } from '../engine.js';
import { boundClient } from './channel-binding.js';
import { postgresRemedy } from './postgres-remedies.js';
import type { PostgresAddress } from './postgres-url.js';
import { preparePostgresSessions, setSession } from './prepare-postgres-sessions.js';

/** pg limits the wait for a free connection of the pool by the same time: the deadline of an operation. */
const CONNECT_TIMEOUT_MS = 4_000;
/** A firewall must not forget an idle connection. */
const KEEP_ALIVE_DELAY_MS = 30_000;

/**
 * 08…: a pooler without a connection to the server; 53…: too many connections, no memory; 57P…: the server starts or
 * ends; 57014: the time limit of the role is too short to set another one.
 */
const TRANSIENT_STATES = /^(08|53|57P|57014)/;
/** pg's errors of connections that broke or were not made in time have no code. */
const TRANSIENT_MESSAGES = /^(Connection terminated|timeout (exceeded|expired))/;

export function postgresEngine(address: PostgresAddress, options: DatabaseOptions): Engine {
  ignoreLibpqVariables();
  return {
    options: {
      type: address.type,
      host: address.socketPath ?? address.host,
      port: address.port,
      username: address.username,
      // A function, because pg looks for an empty password elsewhere: in PGPASSWORD and ~/.pgpass.
      password: () => address.password,
      database: address.database,
      ssl: usesTls(options.tls, address) ? tlsOptions(options) : false,
      applicationName: 'gatehouse',
      installExtensions: false,
      poolSize: POOL_SIZE,
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
      // The pool has dropped the idle connection that broke, and the next query gets another one.
      poolErrorHandler: () => undefined,
      extra: {
        onConnect: setSession,
        keepAlive: true,
        keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
        // A new connection costs the server a process.
        idleTimeoutMillis: 0,
        sslnegotiation: 'postgres',
        enableChannelBinding: address.channelBinding !== 'disable',
        ...(address.channelBinding === 'require' ? { Client: boundClient() } : {}),
      },
    },

    prepareSessions: preparePostgresSessions,

    // One transaction for all migrations: PostgreSQL undoes changes of the schema.
    migrateAlone: inLockedTransaction,

    remedyFor: postgresRemedy,

    isTransient: ({ code, message }) =>
      code === undefined ? TRANSIENT_MESSAGES.test(message) : TRANSIENT_STATES.test(code),
  };
}

/** pg adds these to its options: settings of the session, replication mode, a driver that reads all of libpq's. */
function ignoreLibpqVariables(): void {
  for (const name of ['PGOPTIONS', 'PGREPLICATION', 'NODE_PG_FORCE_NATIVE']) {
    delete process.env[name];
  }
}
