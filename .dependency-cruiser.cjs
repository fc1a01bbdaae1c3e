// Who may import whom: docs/architecture.md in rules. A file imports its own folder and lower floors.
const FLOORS = [
  ['common'],
  ['config', 'logging', 'metrics', 'telemetry', 'database', 'jobs', 'mail', 'throttling', 'health'],
  ['users', 'permissions', 'audit'],
  ['passwords', 'one-time-tokens', 'sessions', 'signing-keys', 'mfa', 'passkeys', 'federation'],
  ['auth', 'account', 'federated-login', 'administration', 'secret-rotation', 'checks'],
  ['web'],
  ['admin', 'pages', 'cli'],
];

/** The few arrows that are allowed between folders of one floor. */
const SIDEWAYS = {
  metrics: ['config'],
  telemetry: ['config'],
  database: ['config', 'metrics'],
  jobs: ['config', 'database'],
  mail: ['config', 'database', 'jobs', 'metrics'],
  throttling: ['config', 'database', 'metrics'],
  health: ['config', 'database'],
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
      comment: 'main, cli, app.* assemble the application; nothing in a folder imports them',
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
          '^src/(main|cli)\\.ts$',
          '^src/database/typeorm-cli\\.ts$',
          '^src/web/assets/',
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
