import { resolve } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import ms, { type StringValue } from 'ms';
import { isLoopback } from '../../common/loopback.js';
import type { AppConfig } from './app-config.js';
import { developmentSecret, previousSecrets, weaknessOf } from './app-secret.js';
import { ConfigError } from './config-error.js';
import { problemsOfCorsOrigins } from './cors-origins.js';
import { reasonOfDataFolder } from './data-folder.js';
import { loadEnvFile } from './env-file.js';
import { Environment } from './environment.js';
import { OUR_VARIABLES } from './our-variables.js';
import { providersFrom } from './provider-variables.js';
import { problemsOfRedirectUris } from './redirect-uris.js';
import { withSecretFiles } from './secret-files.js';

const MIN_BCRYPT_COST_OUTSIDE_TESTS = 10;

/**
 * Reads `.env` (what the shell sets wins) and the environment. Throws `ConfigError` with all problems at
 * once. Tests never read `.env`: it may name a database that somebody needs.
 */
export function loadConfigFromProcess(): AppConfig {
  loadEnvironment();
  return loadConfig(process.env);
}

/** Reads `.env` alone, for what is loaded before the configuration. Throws `ConfigError` when it cannot be read. */
export function loadEnvironment(): void {
  if (process.env.NODE_ENV !== 'test') loadEnvFile();
}

/**
 * Builds the frozen configuration from variables and the files that `<NAME>_FILE` variables name. An empty variable
 * counts as not set.
 */
export function loadConfig(given: Record<string, string | undefined>): AppConfig {
  const { variables, problems: unreadable } = withSecretFiles(given);
  const environment = plainToInstance(Environment, known(variables), {
    exposeDefaultValues: true,
  });
  // The rule that stands first says most; the others often follow from it.
  const problems = validateSync(environment).flatMap((error) =>
    Object.values(error.constraints ?? {}).slice(-1),
  );
  if (problems.length === 0) problems.push(...contradictions(environment));
  const isProduction = environment.NODE_ENV === 'production';
  if (isProduction) problems.push(...missingInProduction(environment));
  for (const name of ['APP_SECRET', 'APP_SECRET_PREVIOUS'] as const) {
    const secret = environment[name];
    const weakness = secret && weaknessOf(secret, name);
    if (weakness) problems.push(weakness);
  }
  const federated = providersFrom(variables, !isProduction);
  const redirectUris = listOf(environment.OIDC_REDIRECT_URIS);
  problems.push(...federated.problems, ...problemsOfRedirectUris(redirectUris));
  const corsOrigins = listOf(environment.CORS_ORIGINS);
  problems.push(...problemsOfCorsOrigins(corsOrigins, isProduction));
  // A secret that could not be read was given: it must not be called missing as well.
  const missing = unreadable.map(({ name }) => `${name} is required`);
  const others = problems.filter((problem) => !missing.some((one) => problem.startsWith(one)));
  const found = [...new Set([...unreadable.map(({ sentence }) => sentence), ...others])];
  if (found.length > 0) throw new ConfigError(found);

  const publicUrl = new URL(environment.PUBLIC_URL ?? `http://localhost:${environment.PORT}`);
  const dataDir = resolve(environment.DATA_DIR);
  return Object.freeze({
    environment: environment.NODE_ENV as AppConfig['environment'],
    port: environment.PORT,
    host: environment.HOST ?? (isProduction ? '0.0.0.0' : '127.0.0.1'),
    appName: environment.APP_NAME,
    databaseUrl: environment.DATABASE_URL,
    databaseDirectUrl: environment.DATABASE_DIRECT_URL,
    databasePoolSize: environment.DATABASE_POOL_SIZE,
    dataDir,
    migrateOnStart: environment.MIGRATE_ON_START === 'on',
    publicUrl: (publicUrl.origin + publicUrl.pathname).replace(/\/$/, ''),
    appSecret: environment.APP_SECRET ?? secretUnder(dataDir),
    previousAppSecrets: Object.freeze(previousSecrets(environment.APP_SECRET_PREVIOUS)),
    smtpUrl: environment.SMTP_URL,
    emailFrom: environment.MAIL_FROM,
    emailVerification: environment.EMAIL_VERIFICATION as AppConfig['emailVerification'],
    registration: environment.REGISTRATION as AppConfig['registration'],
    reservedUsernames: Object.freeze(listOf(environment.RESERVED_USERNAMES)),
    identityProviders: Object.freeze(federated.providers),
    federationRedirectUris: Object.freeze(redirectUris),
    corsOrigins: Object.freeze(corsOrigins),
    trustProxy: environment.TRUST_PROXY,
    throttleScale: environment.THROTTLE_SCALE,
    limits: Object.freeze(limitsFrom(environment.LIMITS)),
    trustedClientSecret: environment.TRUSTED_CLIENT_SECRET,
    accessTokenTtl: ms(environment.ACCESS_TOKEN_TTL as StringValue),
    sessionIdleTtl: ms(environment.SESSION_IDLE_TTL as StringValue),
    sessionAbsoluteTtl: ms(environment.SESSION_ABSOLUTE_TTL as StringValue),
    rememberedSessionIdleTtl: ms(rememberedIdleTtl(environment)),
    rememberedSessionAbsoluteTtl: ms(rememberedAbsoluteTtl(environment)),
    passwordMinLength: environment.PASSWORD_MIN_LENGTH,
    bcryptCost: environment.BCRYPT_COST,
    workerThreads: environment.UV_THREADPOOL_SIZE,
    loginRedirectUrl: environment.LOGIN_REDIRECT_URL,
    logoutRedirectUrl: environment.LOGOUT_REDIRECT_URL,
    shutdownDelay: ms((environment.SHUTDOWN_DELAY ?? (isProduction ? '5s' : '0s')) as StringValue),
    keepAliveTimeout: ms(environment.KEEP_ALIVE_TIMEOUT as StringValue),
    hstsIncludeSubdomains: environment.HSTS_INCLUDE_SUBDOMAINS === 'on',
    swagger: environment.SWAGGER ? environment.SWAGGER === 'on' : !isProduction,
    requestLog: environment.REQUEST_LOG
      ? environment.REQUEST_LOG === 'on'
      : environment.NODE_ENV !== 'test',
    metricsToken: environment.METRICS_TOKEN,
    securityContact: environment.SECURITY_CONTACT,
    tracing: isTraced(environment),
    settings: Object.freeze([]),
  });
}

function secretUnder(dataDir: string): string {
  try {
    return developmentSecret(dataDir);
  } catch (error) {
    const reason = reasonOfDataFolder(error, dataDir);
    throw reason ? new ConfigError([reason]) : error;
  }
}

function known(variables: Record<string, string | undefined>): Record<string, string> {
  const entries = OUR_VARIABLES.map((name) => [name, variables[name]?.trim()] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => !!entry[1]));
}

/** How many times each named limit lets something through. `LimitsService` knows the names. */
function limitsFrom(text: string | undefined): Record<string, number> {
  const entries = listOf(text).map((item) => item.split('='));
  return Object.fromEntries(entries.map(([name, times]) => [name!, Number(times)]));
}

/** What stands between commas. */
function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function missingInProduction(environment: Environment): string[] {
  const problems: string[] = [];
  if (!environment.DATABASE_URL) {
    problems.push(
      'DATABASE_URL is required in production: the embedded PostgreSQL is for development.',
    );
  }
  if (!environment.APP_SECRET) {
    problems.push('APP_SECRET is required in production. Make one with: openssl rand -base64 32');
  }
  if (!environment.SMTP_URL && environment.EMAIL_VERIFICATION !== 'none') {
    problems.push(
      'SMTP_URL is required in production, or EMAIL_VERIFICATION=none, which also means: no password reset, no change of address, no notices.',
    );
  }
  if (!environment.PUBLIC_URL) {
    problems.push(
      'PUBLIC_URL is required in production: the origin that people see, such as https://accounts.example.com.',
    );
  } else if (!isHttpsOrLoopback(environment.PUBLIC_URL)) {
    problems.push(
      'PUBLIC_URL must begin with https:// in production; http:// is accepted for localhost only.',
    );
  }
  return problems;
}

function contradictions(environment: Environment): string[] {
  const problems: string[] = [];
  const [access, idle, absolute] = [
    environment.ACCESS_TOKEN_TTL,
    environment.SESSION_IDLE_TTL,
    environment.SESSION_ABSOLUTE_TTL,
  ].map((value) => ms(value as StringValue)) as [number, number, number];
  if (environment.PUBLIC_URL && !URL.canParse(environment.PUBLIC_URL)) {
    problems.push('PUBLIC_URL is not a valid URL.');
  }
  for (const name of ['DATABASE_URL', 'DATABASE_DIRECT_URL'] as const) {
    const problem = problemOfDatabaseUrl(environment[name]);
    if (problem) problems.push(`${name} ${problem}`);
  }
  if (environment.DATABASE_DIRECT_URL && !environment.DATABASE_URL) {
    problems.push('DATABASE_DIRECT_URL is for a pooled DATABASE_URL, which is not set.');
  }
  if (environment.SMTP_URL && !URL.canParse(environment.SMTP_URL)) {
    problems.push('SMTP_URL is not a valid URL.');
  }
  if (idle > absolute) {
    problems.push('SESSION_IDLE_TTL must not be longer than SESSION_ABSOLUTE_TTL.');
  } else if (ms(rememberedIdleTtl(environment)) > ms(rememberedAbsoluteTtl(environment))) {
    problems.push(
      'SESSION_REMEMBERED_IDLE_TTL must not be longer than SESSION_REMEMBERED_ABSOLUTE_TTL; without a value they are SESSION_IDLE_TTL and SESSION_ABSOLUTE_TTL.',
    );
  }
  if (access > idle) {
    problems.push('ACCESS_TOKEN_TTL must not be longer than SESSION_IDLE_TTL.');
  }
  if (environment.NODE_ENV !== 'test' && environment.BCRYPT_COST < MIN_BCRYPT_COST_OUTSIDE_TESTS) {
    problems.push('BCRYPT_COST must be at least 10 outside tests.');
  }
  return problems;
}

function rememberedIdleTtl(environment: Environment): StringValue {
  return (environment.SESSION_REMEMBERED_IDLE_TTL ?? environment.SESSION_IDLE_TTL) as StringValue;
}

function rememberedAbsoluteTtl(environment: Environment): StringValue {
  const { SESSION_REMEMBERED_ABSOLUTE_TTL: remembered, SESSION_ABSOLUTE_TTL } = environment;
  return (remembered ?? SESSION_ABSOLUTE_TTL) as StringValue;
}

/** What is wrong with an address of the database; node-postgres connects to one host, which it takes as it is. */
function problemOfDatabaseUrl(url: string | undefined): string | undefined {
  if (!url) return undefined;
  const hosts = url.replace(/^\w+:\/\/(?:[^/?#]*@)?/, '').replace(/[/?#].*$/s, '');
  if (hosts.includes(',')) {
    return 'names several hosts, of which node-postgres can use only one: name an address that follows the primary, such as that of HAProxy, PgBouncer or a virtual IP address.';
  }
  if (!URL.canParse(url)) return 'is not a valid URL.';
  const parameters = new URL(url).searchParams;
  if (parameters.get('host')?.includes(',')) {
    return 'names several hosts in host=, of which node-postgres can use only one: name an address that follows the primary.';
  }
  if (parameters.has('target_session_attrs')) {
    return 'has target_session_attrs, which node-postgres does not know: name an address that follows the primary.';
  }
  return undefined;
}

function isTraced({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER }: Environment): boolean {
  return (OTEL_TRACES_EXPORTER ?? OTEL_EXPORTER_OTLP_ENDPOINT ?? 'none') !== 'none';
}

function isHttpsOrLoopback(url: string): boolean {
  if (!URL.canParse(url)) return true; // reported by `contradictions`
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopback(hostname);
}
