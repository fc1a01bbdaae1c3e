import { Environment } from './environment.js';

/** The variables without a default. */
const OPTIONAL_VARIABLES = [
  'APP_NAME',
  'HOST',
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'PUBLIC_URL',
  'APP_SECRET',
  'APP_SECRET_PREVIOUS',
  'SMTP_URL',
  'MAIL_FROM',
  'OIDC_REDIRECT_URIS',
  'CORS_ORIGINS',
  'SESSION_REMEMBERED_IDLE_TTL',
  'SESSION_REMEMBERED_ABSOLUTE_TTL',
  'LIMITS',
  'TRUSTED_CLIENT_SECRET',
  'SHUTDOWN_DELAY',
  'RESERVED_USERNAMES',
  'SWAGGER',
  'REQUEST_LOG',
  'METRICS_TOKEN',
  'SECURITY_CONTACT',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_TRACES_EXPORTER',
];

/** Every variable that has one name. */
export const OUR_VARIABLES = [...Object.keys(new Environment()), ...OPTIONAL_VARIABLES];

/** Of those that have many names, and those that only commands or libraries read. */
const RESERVED = /^(?:OIDC|OTEL|SUPERUSER|NODE|PG)_|^NODE$|^PATH$/;

/** Whether a product must not read a variable of this name. */
export function isOurVariable(name: string): boolean {
  return OUR_VARIABLES.includes(name) || RESERVED.test(name);
}
