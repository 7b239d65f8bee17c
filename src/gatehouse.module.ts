import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_GUARD, ApplicationConfig, DiscoveryModule } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ACCESS_OPTIONS } from './access/access-options.js';
import { AccessModule } from './access/access.module.js';
import { GatehouseGuard } from './access/gatehouse.guard.js';
import { AccountsModule } from './accounts/accounts.module.js';
import { API_KEYS_OPTIONS } from './api-keys/api-keys-options.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import { AUDIT_OPTIONS } from './audit/audit-options.js';
import { AuditModule } from './audit/audit.module.js';
import { SEAL_OPTIONS } from './audit/seal/seal-options.js';
import { AUTH_OPTIONS } from './auth/auth-options.js';
import { AuthModule } from './auth/auth.module.js';
import { CacheInvalidation } from './common/cache-invalidation.js';
import { Clock } from './common/clock.js';
import { Housekeeping } from './common/housekeeping.js';
import { refuseSecondCopy } from './common/loaded-copies.js';
import { PasswordHasher } from './common/crypto/password-hasher.js';
import { StartError } from './common/errors/start.error.js';
import { Assembly } from './common/assembly.js';
import { Pages, PAGING_OPTIONS } from './common/paging/pages.js';
import { excludeFromGlobalPrefix, refuseMovedRoutes } from './common/transport/global-prefix.js';
import { ControllerRoutes } from './common/transport/controller-routes.js';
import { TRANSPORT_OPTIONS, TransportPolicy } from './common/transport/transport-policy.js';
import { adoptDataSource } from './database/adopt-data-source.js';
import { GATEHOUSE_DATA_SOURCE } from './database/data-source-token.js';
import { DatabaseModule } from './database/database.module.js';
import { AuditLog } from './events/audit-log.js';
import { DurableListeners } from './events/durable-listeners.js';
import { EventBus } from './events/event-bus.js';
import { GatehouseEvents } from './events/gatehouse-events.js';
import { EventListeners } from './events/on-gatehouse-event.decorator.js';
import type {
  GatehouseModuleAsyncOptions,
  GatehouseModuleOptions,
  GatehouseOptions,
  GatehouseSetup,
} from './gatehouse-options.js';
import { GatehouseService } from './gatehouse.service.js';
import { HealthModule } from './health/health.module.js';
import { KEYS_OPTIONS } from './keys/keys-options.js';
import { KeysModule } from './keys/keys.module.js';
import { LINKS_OPTIONS } from './links/links-options.js';
import { LinksModule } from './links/links.module.js';
import { LoneGatehouse } from './lone-gatehouse.js';
import { MAIL_OPTIONS } from './mail/mail-options.js';
import { MailModule } from './mail/mail.module.js';
import { OutboxModule } from './outbox/outbox.module.js';
import { RECOVERY_OPTIONS } from './recovery/recovery-options.js';
import { RecoveryModule } from './recovery/recovery.module.js';
import { roomOptions, scopesOptions, type RoomOptions } from './room-options.js';
import { routeDecorators } from './route-decorators.js';
import { assertLinkPages, mountedGroups } from './route-groups.js';
import { SCOPES_OPTIONS } from './scopes/scopes-options.js';
import { ScopesModule } from './scopes/scopes.module.js';
import { SESSIONS_OPTIONS } from './sessions/sessions-options.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { SHARED_REDIS } from './throttling/shared-store.js';
import { THROTTLING_OPTIONS } from './throttling/throttling-options.js';
import { ThrottlingModule } from './throttling/throttling.module.js';
import { USERS_OPTIONS } from './users/users-options.js';
import { UsersModule } from './users/users.module.js';
import { WEBHOOKS_OPTIONS } from './webhooks/webhooks-options.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

const GATEHOUSE_OPTIONS = Symbol('gatehouse:options');
const ROOM_OPTIONS = Symbol('gatehouse:room-options');

/** The injection tokens of the rooms' options. */
const OPTIONS_BY_TOKEN: readonly (readonly [symbol | typeof PasswordHasher, keyof RoomOptions])[] =
  [
    [ACCESS_OPTIONS, 'access'],
    [API_KEYS_OPTIONS, 'apiKeys'],
    [AUDIT_OPTIONS, 'audit'],
    [AUTH_OPTIONS, 'auth'],
    [KEYS_OPTIONS, 'keys'],
    [LINKS_OPTIONS, 'links'],
    [MAIL_OPTIONS, 'mail'],
    [PAGING_OPTIONS, 'paging'],
    [PasswordHasher, 'hasher'],
    [RECOVERY_OPTIONS, 'recovery'],
    [SEAL_OPTIONS, 'seals'],
    [SESSIONS_OPTIONS, 'sessions'],
    [SHARED_REDIS, 'redis'],
    [THROTTLING_OPTIONS, 'throttling'],
    [TRANSPORT_OPTIONS, 'transport'],
    [USERS_OPTIONS, 'users'],
    [WEBHOOKS_OPTIONS, 'webhooks'],
  ];

/** Providers that all rooms of one Gatehouse share. */
@Module({})
class CoreModule {}

/**
 * Adds accounts, users, sessions, roles and API keys to a Nest application. Its guards, validation and error filter
 * apply to its own routes only, unless `denyByDefault` is set.
 *
 * It uses the host's DataSource, which needs `gatehouseEntities()` and `gatehouseMigrations()`.
 *
 * @example
 * GatehouseModule.forRoot({ secret: config.secret, scopes: SHOP_SCOPES, denyByDefault: true })
 * @public
 */
@Module({})
export class GatehouseModule {
  private readonly configOfHost: ApplicationConfig;

  /** @internal */
  constructor(
    assembly: Assembly,
    private readonly routes: ControllerRoutes,
    config: ApplicationConfig,
  ) {
    this.configOfHost = excludeFromGlobalPrefix(config, assembly.routes);
  }

  /**
   * Before Nest registers the routes, of which two with one path would be another fault.
   *
   * @internal
   */
  configure(): void {
    refuseMovedRoutes(this.routes, this.configOfHost);
  }

  /** @throws StartError at the application's start, naming the first option with a wrong value */
  static forRoot(options: GatehouseModuleOptions): DynamicModule {
    return assemble(options, { provide: GATEHOUSE_OPTIONS, useValue: options });
  }

  /**
   * As {@link GatehouseModule.forRoot}, with secrets and settings from a factory.
   *
   * @example
   * GatehouseModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ secret: config.getOrThrow('GATEHOUSE_SECRET') }),
   * })
   */
  static forRootAsync(options: GatehouseModuleAsyncOptions): DynamicModule {
    const { imports = [], inject = [], useFactory } = options;
    return assemble(options, { provide: GATEHOUSE_OPTIONS, useFactory, inject }, imports);
  }
}

function assemble(
  setup: GatehouseSetup,
  options: Provider,
  imports: NonNullable<DynamicModule['imports']> = [],
): DynamicModule {
  // Before Nest resolves the host's guards: it would report a missing provider of the other copy.
  refuseSecondCopy();
  const { routePrefix = '', denyByDefault = false, isGlobal = true } = setup;
  if (!/^[\w/-]*$/.test(routePrefix)) {
    throw new StartError(
      'GatehouseModule: option routePrefix must be a path of letters and digits',
    );
  }
  const assembly = new Assembly({
    core: { module: CoreModule, imports, ...coreParts(setup, options) },
    routePrefix,
    routeDecorators: routeDecorators(setup),
    mounts: mountedGroups(setup),
  });
  const rooms = [
    DatabaseModule,
    OutboxModule,
    LinksModule,
    ScopesModule,
    AccessModule,
    AuditModule,
    AccountsModule,
    SessionsModule,
    ThrottlingModule,
    UsersModule,
    RecoveryModule,
    ApiKeysModule,
    AuthModule,
    HealthModule,
    KeysModule,
    MailModule,
    WebhooksModule,
  ];
  return {
    module: GatehouseModule,
    global: isGlobal,
    imports: [assembly.core, DiscoveryModule, ...rooms.map((room) => room.register(assembly))],
    providers: [
      { provide: Assembly, useValue: assembly },
      EventListeners,
      GatehouseService,
      LoneGatehouse,
      ...(denyByDefault ? [{ provide: APP_GUARD, useClass: GatehouseGuard }] : []),
    ],
    exports: [assembly.core, AccessModule.register(assembly), GatehouseService],
  };
}

function coreParts(setup: GatehouseSetup, options: Provider): Omit<DynamicModule, 'module'> {
  const settings: Provider[] = OPTIONS_BY_TOKEN.map(([provide, name]) => ({
    provide,
    useFactory: (all: RoomOptions) => all[name],
    inject: [ROOM_OPTIONS],
  }));
  const shared: Provider[] = [
    ...settings,
    { provide: SCOPES_OPTIONS, useFactory: () => scopesOptions(setup) },
    {
      provide: GATEHOUSE_DATA_SOURCE,
      useFactory: (dataSource: DataSource) => adoptDataSource(dataSource),
      inject: [getDataSourceToken(setup.dataSource)],
    },
    AuditLog,
    CacheInvalidation,
    Clock,
    DurableListeners,
    EventBus,
    GatehouseEvents,
    Housekeeping,
    Pages,
    TransportPolicy,
  ];
  return {
    providers: [
      options,
      {
        provide: ROOM_OPTIONS,
        useFactory: (given: GatehouseOptions) => {
          const checked = roomOptions(given, setup);
          assertLinkPages(checked, mountedGroups(setup));
          return checked;
        },
        inject: [GATEHOUSE_OPTIONS],
      },
      ...shared,
    ],
    exports: shared.map((provider) =>
      typeof provider === 'function' ? provider : provider.provide,
    ),
  };
}
