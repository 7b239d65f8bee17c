import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { gatehouseEntities, GatehouseModule, gatehouseMigrations } from 'nest-gatehouse';
import { AppController } from './app.controller';
import { AppService } from './app.service';
import { CreateOrders1764300000000 } from './create-orders';
import { database } from './database';
import { Greetings } from './greetings';
import { mailer } from './letters';
import { Order } from './order.entity';
import { OrdersController } from './orders.controller';
import { SHOP_SCOPES } from './shop-scopes';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      ...database,
      entities: [Order, ...gatehouseEntities()],
      migrations: [...gatehouseMigrations(), CreateOrders1764300000000],
      migrationsRun: true,
    }),
    TypeOrmModule.forFeature([Order]),
    GatehouseModule.forRoot({
      secret: process.env.GATEHOUSE_SECRET ?? '',
      scopes: SHOP_SCOPES,
      mailer,
    }),
  ],
  controllers: [AppController, OrdersController],
  providers: [AppService, Greetings],
})
export class AppModule {}
