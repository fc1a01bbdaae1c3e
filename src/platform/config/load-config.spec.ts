import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ConfigError } from './config-error.js';
import { loadConfig } from './load-config.js';

const SECRET = 'q8VJ0n2sX1bYc7Lw4RkZt9Ed6Hg3Mf5P';
const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://app:secret@db.internal:5432/app',
  PUBLIC_URL: 'https://accounts.example.com',
  APP_SECRET: SECRET,
  SMTP_URL: 'smtps://app:secret@mail.internal:465',
};

function problems(variables: Record<string, string>): string[] {
  try {
    loadConfig({ ...PRODUCTION, ...variables });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the configuration', () => {
  it('has the documented defaults', () => {
    expect(loadConfig(PRODUCTION)).toEqual({
      environment: 'production',
      port: 3000,
      host: '0.0.0.0',
      databaseUrl: PRODUCTION.DATABASE_URL,
      databaseDirectUrl: undefined,
      databasePoolSize: 10,
      dataDir: join(process.cwd(), '.data'),
      migrateOnStart: true,
      publicUrl: 'https://accounts.example.com',
      appSecret: SECRET,
      previousAppSecrets: [],
      smtpUrl: PRODUCTION.SMTP_URL,
      appName: undefined,
      emailFrom: undefined,
      emailVerification: 'optional',
      registration: 'open',
      identityProviders: [],
      limits: {},
      trustedClientSecret: undefined,
      federationRedirectUris: [],
      corsOrigins: [],
      trustProxy: 0,
      throttleScale: 1,
      accessTokenTtl: 600_000,
      sessionIdleTtl: 1_209_600_000,
      sessionAbsoluteTtl: 2_592_000_000,
      rememberedSessionIdleTtl: 1_209_600_000,
      rememberedSessionAbsoluteTtl: 2_592_000_000,
      passwordMinLength: 8,
      bcryptCost: 12,
      workerThreads: 4,
      loginRedirectUrl: '/accounts/profile',
      logoutRedirectUrl: '/',
      shutdownDelay: 5_000,
      keepAliveTimeout: 72_000,
      hstsIncludeSubdomains: true,
      swagger: false,
      requestLog: true,
      metricsToken: undefined,
      reservedUsernames: [],
      securityContact: undefined,
      settings: [],
      tracing: false,
    });
    const development = loadConfig({ APP_SECRET: SECRET });
    expect(development).toMatchObject({
      host: '127.0.0.1',
      publicUrl: 'http://localhost:3000',
      swagger: true,
    });
    expect(Object.isFrozen(development)).toBe(true);
  });

  it('takes the public URL with or without a slash at its end', () => {
    const { publicUrl } = loadConfig({ ...PRODUCTION, PUBLIC_URL: 'https://Example.com/' });
    expect(publicUrl).toBe('https://example.com');
    const { publicUrl: under } = loadConfig({
      ...PRODUCTION,
      PUBLIC_URL: 'https://Example.com/a/b/',
    });
    expect(under).toBe('https://example.com/a/b');
  });

  it('treats an empty variable as not set, and unknown ones as nobody’s business', () => {
    expect(problems({ HOST: '', SWAGGER: ' ', BCRYPT_COST: '', CONSTRUCTOR: 'x' })).toEqual([]);
  });

  it.each([
    ['APP_SECRET is too short', { APP_SECRET: 'short' }],
    ['APP_SECRET is guessable', { APP_SECRET: 'a'.repeat(64) }],
    ['APP_SECRET is guessable', { APP_SECRET: 'please-change-me-please-change-me-12345' }],
    ['APP_SECRET_PREVIOUS is too short', { APP_SECRET_PREVIOUS: 'short' }],
    ['APP_SECRET_PREVIOUS is guessable', { APP_SECRET_PREVIOUS: 'a'.repeat(64) }],
    ['PUBLIC_URL must begin with https://', { PUBLIC_URL: 'http://accounts.example.com' }],
    ['PUBLIC_URL must be the address', { PUBLIC_URL: 'https://example.com/admin' }],
    ['PUBLIC_URL must be the address', { PUBLIC_URL: 'https://example.com/api/auth' }],
    ['PUBLIC_URL must be the address', { PUBLIC_URL: 'https://example.com//auth' }],
    ['PUBLIC_URL must be the address', { PUBLIC_URL: 'https://example.com/../auth' }],
    ['PUBLIC_URL must be the address', { PUBLIC_URL: 'https://example.com/auth?a=b' }],
    ['PUBLIC_URL must be the address', { PUBLIC_URL: 'https://user@example.com' }],
    ['PUBLIC_URL must be the address', { PUBLIC_URL: 'javascript:alert(1)' }],
    ['PUBLIC_URL is not a valid URL', { PUBLIC_URL: 'https://[' }],
    ['DATABASE_URL must look like', { DATABASE_URL: 'mysql://localhost/x' }],
    ['NODE_ENV must be', { NODE_ENV: 'staging' }],
    ['PORT must be from 0 to 65535', { PORT: '70000' }],
    ['PORT must be a whole number', { PORT: '3e3' }],
    ['TRUST_PROXY must be a whole number', { TRUST_PROXY: 'true' }],
    ['THROTTLE_SCALE must be from 1', { THROTTLE_SCALE: '0' }],
    ['THROTTLE_SCALE must be a whole number', { THROTTLE_SCALE: 'off' }],
    ['SESSION_IDLE_TTL must be a whole number with a unit', { SESSION_IDLE_TTL: '14' }],
    ['SESSION_IDLE_TTL must not be longer', { SESSION_IDLE_TTL: '40d' }],
    [
      'SESSION_REMEMBERED_IDLE_TTL must be a whole number with a unit',
      { SESSION_REMEMBERED_IDLE_TTL: '14' },
    ],
    [
      'SESSION_REMEMBERED_ABSOLUTE_TTL must be a whole number with a unit',
      { SESSION_REMEMBERED_ABSOLUTE_TTL: '0d' },
    ],
    ['SESSION_REMEMBERED_IDLE_TTL must not be longer', { SESSION_REMEMBERED_IDLE_TTL: '40d' }],
    ['SESSION_REMEMBERED_IDLE_TTL must not be longer', { SESSION_REMEMBERED_ABSOLUTE_TTL: '10d' }],
    ['ACCESS_TOKEN_TTL must not be longer', { ACCESS_TOKEN_TTL: '20d' }],
    ['PASSWORD_MIN_LENGTH must be at least 8', { PASSWORD_MIN_LENGTH: '6' }],
    ['BCRYPT_COST must be at least 10', { BCRYPT_COST: '4' }],
    ['BCRYPT_COST must be from 4 to 15', { BCRYPT_COST: '16' }],
    ['REGISTRATION must be open or closed', { REGISTRATION: 'maybe' }],
    ...[
      '*',
      'null',
      'https://*.example.com',
      'https://app.example.com/',
      'https://app.example.com/spa',
      'https://app.example.com?a',
      'https://app.example.com#a',
      'https://app.example.com:443',
      'https://App.example.com',
      'https://user@app.example.com',
      'https://app.example.com evil.example',
      'https://bücher.example',
      'https://',
      'app.example.com',
      '//app.example.com',
      'ftp://app.example.com',
      'file://',
      'com.example.app:/callback',
      'chrome-extension://abc',
    ].map((origin): [string, Record<string, string>] => [
      `CORS_ORIGINS must hold origins such as https://app.example.com, without a path or a slash at the end, which "${origin}" is not.`,
      { CORS_ORIGINS: `https://good.example,${origin}` },
    ]),
    [
      'CORS_ORIGINS must hold https:// origins in production, which "http://app.example.com" is not',
      { CORS_ORIGINS: 'http://app.example.com' },
    ],
    ['SMTP_URL is required in production', { SMTP_URL: '' }],
    ['SMTP_URL must look like', { SMTP_URL: 'mail.example.com' }],
    ['SMTP_URL is not a valid URL', { SMTP_URL: 'smtp://[' }],
    ['MAIL_FROM must be one address', { MAIL_FROM: 'a@example.com, b@example.com' }],
    ['MAIL_FROM must be one address', { MAIL_FROM: 'Somebody' }],
    ['EMAIL_VERIFICATION must be', { EMAIL_VERIFICATION: 'yes' }],
    ['LOGIN_REDIRECT_URL must be a path', { LOGIN_REDIRECT_URL: 'https://evil.example' }],
    ['LOGIN_REDIRECT_URL must be a path', { LOGIN_REDIRECT_URL: '//evil.example' }],
    ['LOGOUT_REDIRECT_URL must be a path', { LOGOUT_REDIRECT_URL: '/\\\\evil.example' }],
    ['SHUTDOWN_DELAY must be a whole number with a unit', { SHUTDOWN_DELAY: '5' }],
    ['SHUTDOWN_DELAY must be a whole number with a unit', { SHUTDOWN_DELAY: '1h' }],
    ['KEEP_ALIVE_TIMEOUT must be a whole number with a unit', { KEEP_ALIVE_TIMEOUT: '72' }],
    ['HSTS_INCLUDE_SUBDOMAINS must be on or off', { HSTS_INCLUDE_SUBDOMAINS: 'no' }],
    ['MIGRATE_ON_START must be on or off', { MIGRATE_ON_START: 'no' }],
    ['SWAGGER must be on or off', { SWAGGER: 'true' }],
    ['REQUEST_LOG must be on or off', { REQUEST_LOG: 'json' }],
    ['METRICS_TOKEN must be 32 to 256', { METRICS_TOKEN: 'x'.repeat(31) }],
    ['SECURITY_CONTACT must be mailto:', { SECURITY_CONTACT: 'security@example.com' }],
    ['SECURITY_CONTACT must be mailto:', { SECURITY_CONTACT: 'mailto:a@b\nExpires: x' }],
    [
      'METRICS_TOKEN must be 32 to 256',
      { METRICS_TOKEN: 'a token with blanks in it, of 32 characters' },
    ],
    ['DATABASE_URL is not a valid URL', { DATABASE_URL: 'postgresql://u:secret@[' }],
    [
      'DATABASE_URL names several hosts',
      { DATABASE_URL: 'postgresql://u:secret@a:5432,b:5432/x?target_session_attrs=primary' },
    ],
    ['DATABASE_URL names several hosts', { DATABASE_URL: 'postgresql://u:se,cret@a,b/x' }],
    ['DATABASE_URL names several hosts', { DATABASE_URL: 'postgresql:///x?host=a,b' }],
    [
      'DATABASE_URL has target_session_attrs',
      { DATABASE_URL: 'postgresql://u:secret@a/x?target_session_attrs=read-write' },
    ],
    ['DATABASE_DIRECT_URL must look like', { DATABASE_DIRECT_URL: 'mysql://localhost/x' }],
    ['DATABASE_DIRECT_URL is not a valid', { DATABASE_DIRECT_URL: 'postgresql://u:secret@[' }],
    ['DATABASE_DIRECT_URL names several', { DATABASE_DIRECT_URL: 'postgresql://u@a:1,b:2/x' }],
    [
      'DATABASE_DIRECT_URL is for a pooled DATABASE_URL',
      { DATABASE_URL: '', DATABASE_DIRECT_URL: 'postgresql://localhost/x' },
    ],
    ['DATABASE_POOL_SIZE must be a whole number', { DATABASE_POOL_SIZE: 'ten' }],
    ['DATABASE_POOL_SIZE must be from 1 to 500', { DATABASE_POOL_SIZE: '0' }],
  ])('stops with "%s" [A99] [ASVS 13.2.3]', (sentence, variables) => {
    const found = problems(variables);
    expect(found.some((problem) => problem.startsWith(sentence))).toBe(true);
  });

  it('takes one previous secret or several, and one that holds a comma', () => {
    const previous = (text: string) =>
      loadConfig({ ...PRODUCTION, APP_SECRET_PREVIOUS: text }).previousAppSecrets;
    const other = 'bT5xKe8Wz1Qn4RvY7uHj0LsDc3MfGp6a';
    expect(previous(other)).toEqual([other]);
    expect(previous(`${other}, ${SECRET}`)).toEqual([other, SECRET, `${other}, ${SECRET}`]);
    expect(previous('a phrase with a comma, of thirty-two bytes')).toEqual([
      'a phrase with a comma, of thirty-two bytes',
    ]);
  });

  it('traces when OpenTelemetry’s own variables ask for it', () => {
    const tracing = (variables: Record<string, string>) =>
      loadConfig({ ...PRODUCTION, ...variables }).tracing;
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    expect(tracing(endpoint)).toBe(true);
    expect(tracing({ OTEL_TRACES_EXPORTER: 'console' })).toBe(true);
    expect(tracing({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBe(false);
  });

  it('takes providers by their name, and knows some of them [ASVS 13.3.1]', () => {
    const company = {
      OIDC_MY_COMPANY_ISSUER: 'https://id.example.com',
      OIDC_MY_COMPANY_CLIENT_ID: 'gatehouse',
      OIDC_MY_COMPANY_CLIENT_SECRET: 'a secret',
      OIDC_MY_COMPANY_TRUST_EMAIL: 'on',
    };
    const google = { OIDC_GOOGLE_CLIENT_ID: 'id', OIDC_GOOGLE_CLIENT_SECRET: 'x' };
    const key = String.raw`-----BEGIN\nx`;
    const apple = {
      OIDC_APPLE_CLIENT_ID: 'id',
      OIDC_APPLE_CLIENT_SECRET: key,
      OIDC_APPLE_TEAM_ID: 'T',
      OIDC_APPLE_KEY_ID: 'K',
    };
    const { identityProviders } = loadConfig({ ...PRODUCTION, ...google, ...company, ...apple });
    expect(identityProviders).toEqual([
      {
        name: 'apple',
        label: 'Apple',
        issuer: 'https://appleid.apple.com',
        clientId: 'id',
        clientSecret: '-----BEGIN\nx',
        scopes: 'openid email',
        trustsEmail: false,
        apple: { teamId: 'T', keyId: 'K' },
      },
      {
        name: 'google',
        label: 'Google',
        issuer: 'https://accounts.google.com',
        clientId: 'id',
        clientSecret: 'x',
        scopes: 'openid email profile',
        trustsEmail: false,
      },
      {
        name: 'my-company',
        label: 'My Company',
        issuer: 'https://id.example.com',
        clientId: 'gatehouse',
        clientSecret: 'a secret',
        scopes: 'openid email profile',
        trustsEmail: true,
      },
    ]);
  });

  it.each([
    ['OIDC_X_CLIENT_ID is required', { OIDC_X_LABEL: 'x' }],
    ['OIDC_X_CLIENT_SECRET is required', { OIDC_X_CLIENT_ID: 'x' }],
    ['OIDC_X_ISSUER is required', { OIDC_X_CLIENT_ID: 'x' }],
    ['OIDC_X_ISSUER must begin with https', { OIDC_X_ISSUER: 'http://localhost:4000' }],
    ['OIDC_X_ISSUER must be the issuer', { OIDC_X_ISSUER: 'https://x.example/.well-known/y' }],
    ['OIDC_X_ISSUER must be a URL', { OIDC_X_ISSUER: 'x.example' }],
    ['OIDC_X_TRUST_EMAIL must be on or off', { OIDC_X_TRUST_EMAIL: 'true' }],
    ['OIDC_X_SCOPES must contain openid', { OIDC_X_SCOPES: 'email' }],
    ['OIDC_MICROSOFT_ISSUER is required', { OIDC_MICROSOFT_CLIENT_ID: 'x' }],
    [
      'OIDC_MICROSOFT_ISSUER must be that of one tenant',
      { OIDC_MICROSOFT_ISSUER: 'https://login.microsoftonline.com/common/v2.0' },
    ],
    ['OIDC_APPLE_TEAM_ID is required', { OIDC_APPLE_CLIENT_ID: 'x' }],
    ['OIDC_REDIRECT_URIS must hold', { OIDC_REDIRECT_URIS: 'myapp:/callback' }],
    ['OIDC_REDIRECT_URIS must hold', { OIDC_REDIRECT_URIS: 'javascript:alert(1)' }],
    ['OIDC_REDIRECT_URIS must hold', { OIDC_REDIRECT_URIS: 'http://example.com/callback' }],
    ['OIDC_REDIRECT_URIS must hold', { OIDC_REDIRECT_URIS: 'http://localhost/callback' }],
    ['OIDC_REDIRECT_URIS must hold', { OIDC_REDIRECT_URIS: 'https://example.com/#a' }],
    ['OIDC_REDIRECT_URIS must hold', { OIDC_REDIRECT_URIS: 'a.b:/x,https://EXAMPLE.com/' }],
  ])('stops with "%s", too', (sentence, variables) => {
    const found = problems(variables);
    expect(found.some((problem) => problem.startsWith(sentence))).toBe(true);
  });

  it('lets a provider of this machine be one in development', () => {
    const provider = {
      OIDC_X_ISSUER: 'http://localhost:4000',
      OIDC_X_CLIENT_ID: 'x',
      OIDC_X_CLIENT_SECRET: 'x',
    };
    const { identityProviders } = loadConfig({ APP_SECRET: SECRET, ...provider });
    expect(identityProviders).toHaveLength(1);
    const elsewhere = { ...provider, OIDC_X_ISSUER: 'http://10.0.0.1' };
    expect(() => loadConfig({ APP_SECRET: SECRET, ...elsewhere })).toThrow(ConfigError);
  });

  it('needs no mail server where nobody is asked to prove an address', () => {
    expect(problems({ SMTP_URL: '', EMAIL_VERIFICATION: 'none' })).toEqual([]);
    expect(problems({ MAIL_FROM: 'Example <accounts@example.com>' })).toEqual([]);
  });

  it('reports every problem at once', () => {
    expect(problems({ PORT: 'x', TRUST_PROXY: 'x', APP_SECRET: 'x' })).toHaveLength(3);
  });

  it('makes a development secret once, for its owner only', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
    try {
      const { appSecret } = loadConfig({ DATA_DIR: dataDir });
      expect(Buffer.from(appSecret, 'base64url')).toHaveLength(32);
      expect(loadConfig({ DATA_DIR: dataDir }).appSecret).toBe(appSecret);
      const file = join(dataDir, 'app-secret');
      expect(readFileSync(file, 'utf8').trim()).toBe(appSecret);
      expect(statSync(file).mode & 0o777).toBe(0o600);
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });
});
