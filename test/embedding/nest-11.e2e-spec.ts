import { newestNode, nodeOfTheProduct } from '../support/node.js';
import { describeTargets } from '../support/targets.js';
import { describeShop } from './shop.js';
import { describeTemplateHosts } from './template-hosts.js';

describeShop('nest-11', 'commonjs', (title, define) =>
  describeTargets(title, define, { databases: ['sqlite', 'mariadb'], adapters: ['express'] }),
);

describeTemplateHosts([
  {
    title:
      'Nest 11, CommonJS, TypeORM 1, MariaDB and Fastify, with every global and the Swagger plug-in',
    installation: 'nest-11',
    template: 'commonjs',
    database: 'mariadb',
    node: newestNode,
    layers: ['globals'],
    plugins: ['@nestjs/swagger'],
  },
  {
    title:
      'Nest 11, CommonJS with the classic resolution, TypeORM 0.3, PostgreSQL, Express and ts-jest',
    installation: 'nest-11-typeorm-0.3',
    template: 'commonjs',
    database: 'postgres',
    node: nodeOfTheProduct,
    layers: ['express'],
    // As templates were before Nest 11: TypeScript 5 then resolves like Node 10.
    compilerOptions: {
      module: 'commonjs',
      moduleResolution: undefined,
      resolvePackageJsonExports: undefined,
      isolatedModules: undefined,
    },
  },
]);
