import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DeclaredAccessGuard } from '../access/declared-access.guard.js';
import { SENDS_SHARED_ANSWERS } from '../common/shared-answer.js';
import type { GatehouseModuleOptions } from '../gatehouse-options.js';
import { GatehouseModule } from '../gatehouse.module.js';
import { KnownRoutes } from './transport/known-routes.js';
import { RouteNotFoundFilter } from './transport/route-not-found.filter.js';

/**
 * The standalone application: a host of `GatehouseModule` like any other, with the guard and filter that apply to
 * every route.
 */
@Module({})
export class AppModule {
  /**
   * @param dataSource open and migrated; closed with the application
   * @param others modules of the service beside Gatehouse
   */
  static forRoot(
    options: GatehouseModuleOptions,
    dataSource: DataSource,
    others: readonly DynamicModule[] = [],
  ): DynamicModule {
    return {
      module: AppModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => dataSource.options,
          dataSourceFactory: () => Promise.resolve(dataSource),
        }),
        GatehouseModule.forRoot(options),
        ...others,
      ],
      providers: [
        KnownRoutes,
        { provide: APP_FILTER, useClass: RouteNotFoundFilter },
        { provide: APP_GUARD, useClass: DeclaredAccessGuard },
        { provide: SENDS_SHARED_ANSWERS, useValue: true },
      ],
      exports: [SENDS_SHARED_ANSWERS],
    };
  }
}
