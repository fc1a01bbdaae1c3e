// Who may import whom: docs/architecture.md in rules. A file imports its own folder and lower floors.
const FLOORS = [
  ['common'],
  ['project'],
  ['access'],
  ['http'],
  [
    'platform/config',
    'platform/brand',
    'platform/logging',
    'platform/metrics',
    'platform/telemetry',
    'platform/database',
    'platform/jobs',
    'platform/email',
    'platform/throttling',
    'platform/health',
  ],
  ['users', 'permissions', 'audit'],
  ['passwords', 'one-time-tokens', 'sessions', 'signing-keys', 'mfa', 'passkeys', 'federation'],
  ['auth', 'account', 'federated-login', 'administration', 'secret-rotation', 'checks'],
  ['openapi'],
  ['cli'],
  ['site/kit'],
  ['site/accounts', 'site/admin'],
  ['server'],
  ['testing'],
];

/** The few arrows that are allowed between folders of one floor. */
const SIDEWAYS = {
  'platform/brand': ['platform/config'],
  'platform/metrics': ['platform/config'],
  'platform/telemetry': ['platform/config'],
  'platform/database': ['platform/config', 'platform/metrics'],
  'platform/jobs': ['platform/config', 'platform/database'],
  'platform/email': [
    'platform/brand',
    'platform/config',
    'platform/database',
    'platform/jobs',
    'platform/metrics',
  ],
  'platform/throttling': ['platform/config', 'platform/database', 'platform/metrics'],
  'platform/health': ['platform/config', 'platform/database'],
  permissions: ['users', 'audit'],
  audit: ['users'],
  'federated-login': ['auth', 'account'],
  administration: ['account'],
  checks: ['secret-rotation'],
};

const oneOf = (folders) => `^src/(${folders.join('|')})/`;

const floorRules = FLOORS.flatMap((folders, floor) =>
  folders.map((folder) => {
    const siblings = folders.filter(
      (other) => other !== folder && !(SIDEWAYS[folder] ?? []).includes(other),
    );
    const forbidden = [...siblings, ...FLOORS.slice(floor + 1).flat()];
    return {
      name: `floor-of-${folder}`,
      comment: `src/${folder} imports its own folder and lower floors only`,
      severity: 'error',
      from: { path: `^src/${folder}/`, pathNot: '\\.spec\\.ts$' },
      to: { path: forbidden.length ? oneOf(forbidden) : '^$' },
    };
  }),
);

module.exports = {
  forbidden: [
    ...floorRules,
    {
      name: 'no-way-up-to-the-roof',
      comment:
        'the files beside the folders assemble the application and are its doors; nothing in a folder imports them',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'no-unknown-folder',
      comment: 'a new folder of src has a floor: a module of your own goes into FLOORS above',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: oneOf(FLOORS.flat()) },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'what serves, and the public door, load nothing that is for tests of a product',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/testing(/|\\.ts$)' },
      to: { path: '^src/testing(/|\\.ts$)' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-barrels',
      severity: 'error',
      from: {},
      to: { path: '^src/.*/index\\.ts$' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: [
          '^src/(main|cli|bin|index|testing)\\.ts$',
          '^src/(site/kit|server)/assets/',
          '\\.spec\\.ts$',
        ],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs'] },
  },
};
