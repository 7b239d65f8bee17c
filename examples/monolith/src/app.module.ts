import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { TypeOrmModule } from '@nestjs/typeorm';
import { GatehouseModule } from 'nest-gatehouse';
import { CustomersModule } from './customers/customers.module.js';
import { databaseOptions } from './database-options.js';
import { OrdersModule } from './orders/orders.module.js';
import { SHOP_SCOPES } from './shop-scopes.js';

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      useFactory: () => ({ ...databaseOptions(), migrationsRun: true }),
    }),
    GatehouseModule.forRootAsync({
      scopes: SHOP_SCOPES,
      denyByDefault: true,
      useFactory: () => ({
        secret: process.env['GATEHOUSE_SECRET'] ?? '',
        accessToken: { claims: ({ accountId }) => ({ shop: `shop of ${accountId}` }) },
      }),
    }),
    GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true }),
    OrdersModule,
    CustomersModule,
  ],
})
export class AppModule {}
