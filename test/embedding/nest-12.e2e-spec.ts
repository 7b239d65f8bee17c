import { newestNode, nodeOfTheProduct } from '../support/node.js';
import { describeEachOnce } from '../support/targets.js';
import { describeShop } from './shop.js';
import { describeTemplateHosts } from './template-hosts.js';

describeShop('nest-12', 'module', describeEachOnce);

// In CommonJS the template of Nest 12 runs Jest, which loads Nest 12 from Node 24.9 on only.
describeTemplateHosts([
  {
    title: 'Nest 12, ESM, TypeORM 1, SQLite, Fastify and Vitest',
    installation: 'nest-12',
    template: 'module',
    database: 'sqlite',
    node: newestNode,
    layers: ['fastify'],
  },
  {
    title: 'Nest 12, ESM, TypeORM 0.3, PostgreSQL, Express and Vitest',
    installation: 'nest-12-typeorm-0.3',
    template: 'module',
    database: 'postgres',
    node: nodeOfTheProduct,
    layers: ['express'],
  },
]);
