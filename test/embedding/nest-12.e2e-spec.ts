import { describeEachOnce } from '../support/targets.js';
import { describeShop } from './shop.js';
import { describeTemplateHosts } from './template-hosts.js';

describeShop('nest-12', 'module', describeEachOnce);

describeTemplateHosts([
  {
    title: 'Nest 12, ESM, TypeORM 1, SQLite, Fastify and Vitest',
    installation: 'nest-12',
    template: 'module',
    database: 'sqlite',
    layers: ['fastify'],
  },
  {
    title: 'Nest 12, CommonJS, TypeORM 0.3, PostgreSQL, Express and ts-jest',
    installation: 'nest-12-typeorm-0.3',
    template: 'commonjs',
    database: 'postgres',
    layers: ['express'],
  },
]);
