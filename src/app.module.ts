import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ACCESS_OPTIONS } from './access/access-options.js';
import { AccessModule } from './access/access.module.js';
import { DeclaredAccessGuard } from './access/declared-access.guard.js';
import { API_KEYS_OPTIONS } from './api-keys/api-keys-options.js';
import type { AppOptions } from './app-options.js';
import { AUTH_OPTIONS } from './auth/auth-options.js';
import { AuthModule } from './auth/auth.module.js';
import { PasswordHasher } from './common/crypto/password-hasher.js';
import { PAGING_OPTIONS } from './common/paging/pages.js';
import { RouteMethods } from './common/transport/route-methods.js';
import { RouteNotFoundFilter } from './common/transport/route-not-found.filter.js';
import { HealthModule } from './health/health.module.js';
import { SCOPES_OPTIONS } from './scopes/scopes-options.js';
import { SESSIONS_OPTIONS } from './sessions/sessions-options.js';
import { USERS_OPTIONS } from './users/users-options.js';

/** Hands every room its options. */
@Global()
@Module({})
class OptionsModule {
  static forRoot(options: AppOptions): DynamicModule {
    const providers = [
      { provide: ACCESS_OPTIONS, useValue: options.access },
      { provide: API_KEYS_OPTIONS, useValue: options.apiKeys },
      { provide: AUTH_OPTIONS, useValue: options.auth },
      { provide: PAGING_OPTIONS, useValue: options.paging },
      { provide: PasswordHasher, useFactory: () => new PasswordHasher(options.passwords) },
      { provide: SCOPES_OPTIONS, useValue: options.scopes },
      { provide: SESSIONS_OPTIONS, useValue: options.sessions },
      { provide: USERS_OPTIONS, useValue: options.users },
    ];
    return {
      module: OptionsModule,
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}

/** The standalone application: the rooms, and the guard and filter that count for every route. */
@Module({})
export class AppModule {
  /** @param dataSource open and migrated; closed with the application */
  static forRoot(options: AppOptions, dataSource: DataSource): DynamicModule {
    return {
      module: AppModule,
      imports: [
        AccessModule,
        OptionsModule.forRoot(options),
        TypeOrmModule.forRootAsync({
          useFactory: () => dataSource.options,
          dataSourceFactory: () => Promise.resolve(dataSource),
        }),
        AuthModule,
        HealthModule,
      ],
      providers: [
        RouteMethods,
        { provide: APP_FILTER, useClass: RouteNotFoundFilter },
        { provide: APP_GUARD, useClass: DeclaredAccessGuard },
      ],
    };
  }
}
