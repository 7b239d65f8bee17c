import { databaseOptions } from './src/server/config/app-options.js';
import { readProcessEnv } from './src/server/config/env.js';
import { createDataSource } from './src/server/database/open-data-source.js';

// For TypeORM's command line, as in `npm run migration:show`. Its values come from the same place as the
// service's own. A host's has both histories in one: examples/monolith/ormconfig.ts.
process.umask(0o077);

export default createDataSource(databaseOptions(readProcessEnv()));
