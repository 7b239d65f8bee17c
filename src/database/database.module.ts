import { Module } from '@nestjs/common';
import { Database } from './database.js';

/** The way to the database, over the DataSource that the application registered with TypeOrmModule. */
@Module({ providers: [Database], exports: [Database] })
export class DatabaseModule {}
