import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DeclaredAccessGuard } from './access/declared-access.guard.js';
import type { AppOptions } from './app-options.js';
import { AUTH_OPTIONS } from './auth/auth-options.js';
import { AuthModule } from './auth/auth.module.js';
import { PasswordHasher } from './common/crypto/password-hasher.js';
import { RouteMethods } from './common/transport/route-methods.js';
import { RouteNotFoundFilter } from './common/transport/route-not-found.filter.js';
import { HealthModule } from './health/health.module.js';
import { SESSIONS_OPTIONS } from './sessions/sessions-options.js';
import { USERS_OPTIONS } from './users/users-options.js';

/** Hands every room its options. */
@Global()
@Module({})
class OptionsModule {
  static forRoot({ auth, passwords, sessions, users }: AppOptions): DynamicModule {
    const providers = [
      { provide: AUTH_OPTIONS, useValue: auth },
      { provide: PasswordHasher, useFactory: () => new PasswordHasher(passwords) },
      { provide: SESSIONS_OPTIONS, useValue: sessions },
      { provide: USERS_OPTIONS, useValue: users },
    ];
    return {
      module: OptionsModule,
      providers,
      exports: [AUTH_OPTIONS, PasswordHasher, SESSIONS_OPTIONS, USERS_OPTIONS],
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
        DiscoveryModule,
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
