import { DataSource } from 'typeorm';
import { databaseOptions } from './src/database-options.js';

// DataSource for TypeORM's command line, with the migrations of the shop and of Gatehouse in one history.
export default new DataSource(databaseOptions());
