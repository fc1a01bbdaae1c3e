import { CLI } from '../common/cli-name.js';

/** What a check looks for. The id never changes its meaning; E is an error, W a warning. */
export interface CheckDefinition {
  /** Looked for by `check --deploy` only: nothing to mind on a developer's machine. */
  deploy: boolean;
  what: string;
  why: string;
  mending: string;
}

const LESSER_ROLE =
  'Run the application with a role of its own that owns nothing; docs/operations.md has the statements.';

/** Everything that `check` finds, by id. docs/deploy-checks.md is this table, as a test proves. */
export const CHECKS = {
  'gatehouse.E001': {
    deploy: false,
    what: 'The configuration is wrong',
    why: 'Gatehouse does not start with it.',
    mending: 'Correct the variable that the sentence names.',
  },
  'gatehouse.E002': {
    deploy: false,
    what: 'The database cannot be read',
    why: 'Gatehouse does not start without it.',
    mending:
      'Check DATABASE_URL and DATABASE_DIRECT_URL, and that the server runs and lets this role in.',
  },
  'gatehouse.E003': {
    deploy: false,
    what: 'A decision about access cannot be meant',
    why: 'Gatehouse does not start with it.',
    mending: 'Correct the decorator at the place that is named.',
  },
  'gatehouse.E004': {
    deploy: false,
    what: 'The active signing key was sealed under another APP_SECRET',
    why: 'No access token can be signed: nobody can sign in.',
    mending: `Set APP_SECRET_PREVIOUS to the old one, or run twice: ${CLI} keys rotate`,
  },
  'gatehouse.E005': {
    deploy: false,
    what: 'Values in the database were sealed under another APP_SECRET',
    why: 'They cannot be read: emails are not sent, providers do not work, the trail proves nothing.',
    mending:
      'Set APP_SECRET_PREVIOUS to the old one; docs/operations.md says what to do without it.',
  },
  'gatehouse.E006': {
    deploy: false,
    what: 'The encoding of the database is not UTF8',
    why: 'Gatehouse does not start with it: it cannot hold every name.',
    mending: "Create the database with ENCODING 'UTF8'.",
  },
  'gatehouse.E007': {
    deploy: false,
    what: 'The database cannot be written',
    why: 'Gatehouse does not start with it: nobody can sign in.',
    mending: 'Name the primary in DATABASE_URL, or make the database writable.',
  },
  'gatehouse.E008': {
    deploy: false,
    what: 'PostgreSQL is too old',
    why: 'Gatehouse does not start with it.',
    mending: 'Upgrade the server to PostgreSQL 15 or newer.',
  },
  'gatehouse.W001': {
    deploy: false,
    what: 'Migrations are pending',
    why: 'The code expects a schema that the database does not have.',
    mending: `Start Gatehouse, which applies them, or run: ${CLI} migrate`,
  },
  'gatehouse.W002': {
    deploy: false,
    what: 'The database has migrations that this code does not know',
    why: 'It was made by newer code; older code may break its promises.',
    mending: 'Run the version that made it, or take the migrations back with that version.',
  },
  'gatehouse.W003': {
    deploy: false,
    what: 'The database has permissions that the code does not know any more',
    why: 'Who holds them would hold them again when the name is used for something else.',
    mending: 'Delete them from the table permissions, or define them again.',
  },
  'gatehouse.W004': {
    deploy: false,
    what: 'Permissions of the code are missing in the database or in the role admin',
    why: 'Nobody but superusers can be given them, or holds them.',
    mending: 'Start Gatehouse, which adds them.',
  },
  'gatehouse.W005': {
    deploy: false,
    what: 'Accounts have password hashes that are refused',
    why: 'Their formats are unknown or would cost too much to check, so their passwords let nobody in (ASVS 15.2.2).',
    mending: 'Ask their owners to reset their passwords, or import hashes within the bounds.',
  },
  'gatehouse.W006': {
    deploy: false,
    what: 'The chain over the audit trail is not as the application left it',
    why: 'Seals were removed or added past the application (ASVS 16.4.2).',
    mending: `Run: ${CLI} audit verify`,
  },
  'gatehouse.W007': {
    deploy: false,
    what: 'Changes are not announced to the application',
    why: 'It reads the database on every request, so that sign-outs and bans count all the same.',
    mending:
      'Set DATABASE_DIRECT_URL to the database itself, past the pooler; docs/poolers.md tells the rest.',
  },
  'gatehouse.W008': {
    deploy: false,
    what: 'APP_SECRET_PREVIOUS is set',
    why: 'Who knows it can still make cookies and refresh tokens that count (ASVS 13.3.4).',
    mending: 'Remove it when nothing uses it any more, or at once if others may know it.',
  },
  'gatehouse.W009': {
    deploy: false,
    what: 'The clocks of this machine and of the database differ',
    why: 'Instances refuse the tokens of others, and links and sessions end too early or too late.',
    mending: 'Synchronise both clocks (NTP).',
  },
  'gatehouse.W010': {
    deploy: true,
    what: 'NODE_ENV is not production',
    why: 'The mailbox, Swagger UI and development secrets are for one machine.',
    mending: 'Set NODE_ENV=production.',
  },
  'gatehouse.W011': {
    deploy: true,
    what: 'PUBLIC_URL begins with http://',
    why: 'Passwords, cookies and tokens would cross the network readable (ASVS 12.2.1).',
    mending: 'Terminate TLS in front and set PUBLIC_URL to the https:// origin.',
  },
  'gatehouse.W012': {
    deploy: true,
    what: 'APP_SECRET is known or was made up by a person',
    why: 'Whoever guesses it signs cookies and opens signing keys (ASVS 13.2.3, 11.5.1).',
    mending: 'Make one with: openssl rand -base64 32',
  },
  'gatehouse.W013': {
    deploy: true,
    what: 'The password of the database is weak or known',
    why: 'Default credentials are the first that are tried (ASVS 13.2.3).',
    mending: 'Give the role a random password, such as from: openssl rand -hex 16',
  },
  'gatehouse.W014': {
    deploy: true,
    what: 'The way to the database is not encrypted, or its certificate is not checked',
    why: 'Password hashes and sessions cross a network readable (ASVS 12.3.1).',
    mending: 'Add sslmode=verify-full to DATABASE_URL and DATABASE_DIRECT_URL.',
  },
  'gatehouse.W015': {
    deploy: true,
    what: 'One secret serves two purposes',
    why: 'Who learns it in one place has the other as well (ASVS 13.2.2).',
    mending: 'Make one for each with: openssl rand -base64 32',
  },
  'gatehouse.W016': {
    deploy: true,
    what: 'TRUST_PROXY is 0 although PUBLIC_URL is https',
    why: 'TLS ends at a proxy in front: all visitors share its address, and so their limits.',
    mending: 'Set TRUST_PROXY to the number of proxies that add to X-Forwarded-For.',
  },
  'gatehouse.W017': {
    deploy: true,
    what: 'The latest sessions all come from one private address',
    why: 'It is likely that of a proxy: TRUST_PROXY is less than the proxies in front.',
    mending: 'Set TRUST_PROXY to the number of proxies that add to X-Forwarded-For.',
  },
  'gatehouse.W018': {
    deploy: true,
    what: 'Limits are higher than their defaults',
    why: 'The limits against guessing were measured for the defaults (ASVS 6.3.1).',
    mending: 'Leave THROTTLE_SCALE out, and what is higher in LIMITS.',
  },
  'gatehouse.W019': {
    deploy: true,
    what: 'There is no active superuser',
    why: 'Nobody can give rights to anybody.',
    mending: `Run: ${CLI} createsuperuser`,
  },
  'gatehouse.W020': {
    deploy: true,
    what: 'A superuser has no verified address',
    why: 'Nothing proves that notices and resets reach their owner.',
    mending: 'Have them confirm it: Profile, “Send the mail again”.',
  },
  'gatehouse.W021': {
    deploy: true,
    what: 'The signing key has been in use for more than a year',
    why: 'The longer a key signs, the more a copy of it is worth (NIST SP 800-57 Part 1, 5.3.6).',
    mending: `Run: ${CLI} keys rotate`,
  },
  'gatehouse.W022': {
    deploy: true,
    what: 'The database role is a superuser',
    why: 'One injected statement would own the server (ASVS 13.2.2).',
    mending: LESSER_ROLE,
  },
  'gatehouse.W023': {
    deploy: true,
    what: 'The database role may alter the tables',
    why: 'It owns them; the application only needs to read and write rows (ASVS 13.2.2).',
    mending: LESSER_ROLE,
  },
  'gatehouse.W024': {
    deploy: true,
    what: 'The database role may create in the schema',
    why: 'Functions and tables of its own can stand in for ours (ASVS 13.2.2).',
    mending: LESSER_ROLE,
  },
  'gatehouse.W025': {
    deploy: true,
    what: 'The database role may switch off the triggers of the audit trail',
    why: 'Who takes over the application could rewrite what happened (ASVS 16.4.2).',
    mending: LESSER_ROLE,
  },
  'gatehouse.W026': {
    deploy: true,
    what: 'PASSWORD_MIN_LENGTH is less than 15, and no second factor is asked for',
    why: 'A password that stands alone has at least 15 characters (NIST SP 800-63B-4, 3.1.1.2).',
    mending: 'Set PASSWORD_MIN_LENGTH=15.',
  },
  'gatehouse.W027': {
    deploy: true,
    what: 'Swagger UI is open',
    why: 'It shows everybody the whole interface (ASVS 13.4.5).',
    mending: 'Set SWAGGER=off.',
  },
  'gatehouse.W028': {
    deploy: true,
    what: 'No mail is sent',
    why: 'Nobody can reset a password or hears that theirs was changed (ASVS 6.3.7).',
    mending: 'Set SMTP_URL.',
  },
  'gatehouse.W029': {
    deploy: true,
    what: 'Sessions may last longer than 30 days',
    why: 'After that people sign in again (NIST SP 800-63B-4, 2.1.3).',
    mending: 'Set SESSION_ABSOLUTE_TTL and SESSION_REMEMBERED_ABSOLUTE_TTL to at most 30d.',
  },
  'gatehouse.W030': {
    deploy: true,
    what: 'Usernames look like others, or were written past Gatehouse',
    why: 'One account passes for another, or a new one may pass for it (UTS 39).',
    mending: 'Look at who they are, and rename the newcomer.',
  },
  'gatehouse.W031': {
    deploy: true,
    what: 'An instance may open more connections than the database lets in',
    why: 'Requests and jobs fail where they get no connection, and every other instance takes as many.',
    mending:
      'Lower DATABASE_POOL_SIZE, or raise the limit of the role, the database or the server.',
  },
  'gatehouse.W032': {
    deploy: true,
    what: 'CORS_ORIGINS lists an origin with http://',
    why: 'An attacker on the network of a visitor, or a program on their machine, can be that origin (ASVS 3.4.2).',
    mending: 'List https:// origins only.',
  },
  'gatehouse.W040': {
    deploy: true,
    what: 'A provider that people sign in with is on this machine or without TLS',
    why: 'It was meant for development, and would not be asked in production (ASVS 12.3.1).',
    mending: 'Delete it, or give it the https:// issuer of the real one.',
  },
} as const satisfies Record<string, CheckDefinition>;

export type CheckId = keyof typeof CHECKS;

/** Whether a text is the id of a check. */
export function isCheckId(text: string): text is CheckId {
  return Object.hasOwn(CHECKS, text);
}
