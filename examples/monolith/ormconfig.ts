import { DataSource } from 'typeorm';
import { databaseOptions } from './src/database-options.js';

// For TypeORM's command line: the shop's migrations and Gatehouse's, in one history.
export default new DataSource(databaseOptions());
