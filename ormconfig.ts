import { existsSync } from 'node:fs';
import { databaseOptions } from './src/app-options.js';
import { readEnv } from './src/common/config/env.js';
import { createDataSource } from './src/database/open-data-source.js';

// For TypeORM's command line, as in `npm run migration:show`. Its values come from the same place as the
// service's own. A host's has both histories in one: examples/monolith/ormconfig.ts.
process.umask(0o077);
if (existsSync('.env')) process.loadEnvFile('.env');

export default createDataSource(databaseOptions(readEnv(process.env)));
