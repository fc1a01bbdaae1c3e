/** What a product does now instead of changing a file of version 0.1, and the page that shows it. */
export interface ExtensionPoint {
  what: string;
  page: string;
}

const point = (what: string, page: string): ExtensionPoint => ({ what, page: `docs/${page}.md` });

/** By the path of the file in version 0.1. The first one that fits counts. */
const POINTS: [RegExp, ExtensionPoint][] = [
  [
    /^src\/app\.module\.ts$/,
    point(
      'List your modules in src/app.module.ts, after GatehouseModule.forRoot().',
      'your-first-module',
    ),
  ],
  [
    /^src\/users\/user\.entity\.ts$/,
    point(
      'Move your columns to the class in src/user-fields.ts, and name it: forRoot({ userFields: AppUser }). Database and column names stay.',
      'custom-user-fields',
    ),
  ],
  [
    /^src\/users\/users\.service\.ts$/,
    point(
      'A unique column answers 422 by itself. For what happens to accounts there is @OnAccount().',
      'account-events',
    ),
  ],
  [
    /^src\/account\/(register|email|credentials)\.dto\.ts$|^src\/federated-login\/|^src\/account\/registration/,
    point(
      'Write one registration rule, which every way into an account asks: forRoot({ registration }).',
      'registration-rules',
    ),
  ],
  [
    /^src\/mail\/templates\/layout\.tsx$/,
    point('Name, logo, colour and footer of emails: forRoot({ brand }).', 'brand'),
  ],
  [
    /^src\/mail\//,
    point(
      'Declare emails of your own with defineEmails(), and other words for ours with replaceEmails(). npx gatehouse eject email:<name> copies one.',
      'emails',
    ),
  ],
  [
    /^src\/common\/problem-catalogue\.ts$/,
    point('Declare your problems with defineProblems() in *.problems.ts.', 'declarations'),
  ],
  [
    /^src\/throttling\//,
    point(
      'Declare limits with defineLimits(), and other numbers for ours with overrideLimits().',
      'declarations',
    ),
  ],
  [
    /^src\/metrics\//,
    point('Declare metrics with defineMetrics() in *.metrics.ts.', 'declarations'),
  ],
  [
    /^src\/config\//,
    point('Declare settings with defineSettings() in *.settings.ts.', 'declarations'),
  ],
  [
    /^src\/permissions\/|\.permissions\.ts$/,
    point(
      'Declare permissions and roles with definePermissions() in *.permissions.ts.',
      'declarations',
    ),
  ],
  [
    /^src\/audit\//,
    point(
      'Declare audit actions with defineAuditActions(); call code when something happens with @OnAccount().',
      'account-events',
    ),
  ],
  [/^src\/jobs\//, point('Declare jobs with defineJobs() in *.jobs.ts.', 'declarations')],
  [
    /^src\/passwords\/|^src\/auth\//,
    point(
      'A way to authenticate is an entry of forRoot({ authentication }); rules for new passwords are forRoot({ passwordRules }).',
      'your-own-strategy',
    ),
  ],
  [
    /^src\/cli\//,
    point(
      'A command is found by its name, *.command.ts; data for development is a *.seed.ts.',
      'commands-and-seeds',
    ),
  ],
  [
    /^src\/pages\/home\.controller\.tsx$/,
    point(
      "Another start page: forRoot({ home: '/path' }), or another view of ours: forRoot({ pages: { home } }).",
      'your-first-page',
    ),
  ],
  [
    /^src\/pages\//,
    point(
      'Replace the view of a page: forRoot({ pages }). npx gatehouse eject page:<name> copies ours as a beginning.',
      'your-first-page',
    ),
  ],
  [
    /^src\/web\/assets\/|^src\/web\/layout\.tsx$/,
    point(
      'Name, logo, colours: forRoot({ brand }). Links and parts of every page: forRoot({ navigation, layout }). Files: forRoot({ staticFiles }).',
      'brand',
    ),
  ],
  [
    /^src\/web\/page-context\.tsx$|^src\/security-headers\.ts$/,
    point('Other origins for pages: forRoot({ contentSecurityPolicy }).', 'your-first-page'),
  ],
  [
    /^src\/admin\/|^src\/web\/admin-sections\.ts$/,
    point(
      'A section of the administration is a controller with @AdminSection().',
      'admin-sections',
    ),
  ],
  [/^src\/openapi\.ts$/, point('The name of the API follows forRoot({ brand }).', 'brand')],
  [
    /^src\/(app\.setup|serve|main|http-adapter)\.ts$/,
    point(
      'CORS: CORS_ORIGINS. Larger bodies: @BodyLimit(). start() makes and configures the server.',
      'single-page-apps',
    ),
  ],
  [
    /^test\//,
    point(
      'Test your product with gatehouse/testing. The tests of Gatehouse stay with Gatehouse.',
      'test-your-module',
    ),
  ],
  [
    /^migrations\//,
    point(
      'The migrations of Gatehouse are in its package. Write the change as a migration of your own.',
      'migrations',
    ),
  ],
  [
    /^(Dockerfile|docker-compose\.yml|\.dockerignore)$/,
    point(
      'Compare with the new file: it builds your product, and Gatehouse is a package in it.',
      'deployment',
    ),
  ],
  [
    /^(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md$|^docs\//,
    point(
      'Keep what you wrote about your product. The pages of Gatehouse are in its package.',
      'upgrading',
    ),
  ],
  [
    /^src\//,
    point(
      'Nothing replaces a change of this file yet. Look for it in the list of public names, or ask for an extension point.',
      'api',
    ),
  ],
];

const OTHER = point(
  'Compare with the new file, if there is one, and keep what is yours.',
  'upgrading',
);

/** What replaces a change of a file of version 0.1. */
export function extensionPointOf(path: string): ExtensionPoint {
  return POINTS.find(([pattern]) => pattern.test(path))?.[1] ?? OTHER;
}
