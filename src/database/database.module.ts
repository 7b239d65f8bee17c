import { Module, type DynamicModule } from '@nestjs/common';
import type { House } from '../common/house.js';
import { Database } from './database.js';

/** The way to the database, over the DataSource that the application opened. */
@Module({})
export class DatabaseModule {
  /** @internal */
  static in(house: House): DynamicModule {
    return house.room(DatabaseModule, () => ({ providers: [Database], exports: [Database] }));
  }
}
