// Who may lean on whom (docs/architecture.md). Arrows only go down; types count as imports too,
// since an import "only for the type" still ties two rooms together.

const { peerDependencies } = require('./package.json');

/** Packages that only the service loads: a host need not install them. */
const standaloneOnly = [
  '@fastify/static',
  'better-sqlite3-12',
  'content-type',
  'express',
  'jsonc-parser',
  'raw-body',
];

/** Each room and the rooms below it that it may import. What is not listed is refused. */
const leansOn = {
  common: [],
  throttling: ['events', 'common'],
  events: ['common'],
  database: ['events', 'common'],
  outbox: ['database', 'events', 'common'],
  exports: ['database', 'common'],
  links: ['exports', 'database', 'events', 'common'],
  scopes: ['common'],
  access: ['scopes', 'events', 'common'],
  audit: ['access', 'scopes', 'exports', 'database', 'events', 'common'],
  accounts: ['access', 'scopes', 'throttling', 'exports', 'database', 'events', 'common'],
  sessions: ['accounts', 'access', 'scopes', 'exports', 'database', 'events', 'common'],
  'api-keys': [
    'sessions',
    'accounts',
    'access',
    'scopes',
    'exports',
    'database',
    'throttling',
    'events',
    'common',
  ],
  users: [
    'api-keys',
    'sessions',
    'accounts',
    'access',
    'scopes',
    'exports',
    'database',
    'throttling',
    'links',
    'events',
    'common',
  ],
  recovery: [
    'users',
    'sessions',
    'accounts',
    'access',
    'scopes',
    'links',
    'outbox',
    'database',
    'throttling',
    'events',
    'common',
  ],
  auth: [
    'users',
    'api-keys',
    'sessions',
    'accounts',
    'access',
    'scopes',
    'database',
    'throttling',
    'events',
    'common',
  ],
  mail: ['users', 'api-keys', 'accounts', 'links', 'outbox', 'events', 'common'],
  keys: ['users', 'sessions', 'webhooks', 'database', 'common'],
  webhooks: ['accounts', 'access', 'scopes', 'exports', 'outbox', 'database', 'events', 'common'],
  health: ['access', 'scopes', 'database', 'throttling', 'common'],
};

const rooms = Object.keys(leansOn);
const anyRoom = `^src/(${rooms.join('|')})/`;
const assembly =
  '^src/(index|document-for-hosts|gatehouse(-options|\\.module|\\.service)|lone-gatehouse|room-options|route-decorators|route-groups)\\.ts$';
const server = '^src/server/';
const testCode = '(-testing|\\.spec)\\.ts$';
const testingDoor = '^src/testing(\\.ts$|/)';

const directions = rooms.map((room) => ({
  name: `${room}-leans-only-on-rooms-below`,
  comment: `${room} may import ${leansOn[room].join(', ') || 'no other room'}.`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: testCode },
  to: { path: anyRoom, pathNot: `^src/(${[room, ...leansOn[room]].join('|')})/` },
}));

// database/entities.ts is the list of all entities: it looks up on purpose.
directions.find(({ name }) => name.startsWith('database-')).from.pathNot = [
  testCode,
  '^src/database/entities\\.ts$',
];

module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'nothing-imports-the-server',
      comment:
        'The package ends before it: no room, no door and no part of GatehouseModule can reach it. It alone reads the environment.',
      severity: 'error',
      from: { path: '^src/', pathNot: [server, testCode] },
      to: { path: server },
    },
    {
      name: 'entity-list-takes-entities-only',
      severity: 'error',
      from: { path: '^src/database/entities\\.ts$' },
      to: { path: anyRoom, pathNot: '(\\.entity\\.ts$|^src/(database|common)/)' },
    },
    {
      name: 'rooms-do-not-look-up',
      comment: 'No room imports the entity list or the files that put the rooms together.',
      severity: 'error',
      from: { path: anyRoom, pathNot: [testCode, '^src/database/'] },
      to: { path: `(${assembly}|^src/database/entities\\.ts$)` },
    },
    {
      name: 'database-does-not-import-the-assembly',
      severity: 'error',
      from: { path: '^src/database/', pathNot: testCode },
      to: { path: assembly },
    },
    {
      name: 'every-file-has-a-room',
      comment: 'A new room needs its row in the table above.',
      severity: 'error',
      from: { path: '^src/', pathNot: testCode },
      to: { path: '^src/', pathNot: [anyRoom, server, assembly, testCode, testingDoor] },
    },
    {
      name: 'no-reaching-into-another-room',
      comment:
        "Take another room's module, service or entity, never its repository, DTO or controller.",
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: testCode },
      to: {
        path: ['^src/.+/dto/', '^src/.+\\.(repository|dto|controller)\\.ts$'],
        pathNot: '^src/$1/',
      },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: [testCode, testingDoor] },
      to: { path: ['^test/', testCode, testingDoor] },
    },
    {
      name: 'no-dev-dependencies-in-the-product',
      comment: 'What the package holds is checked once more where it is packed (check:package).',
      severity: 'error',
      from: { path: '^(src/|ormconfig\\.ts$)', pathNot: testCode },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: `node_modules/(${[...Object.keys(peerDependencies), ...standaloneOnly].join('|')})/`,
      },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      // Optional packages that only hosts have.
      to: { couldNotResolve: true, pathNot: '^@nestjs/(microservices|websockets)$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts', '.json'],
    },
  },
};
