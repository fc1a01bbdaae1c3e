import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

const DURATION = /^[1-9]\d{0,6}(s|m|h|d)$/;
const DURATION_MESSAGE =
  '$property must be a whole number with a unit (s, m, h or d), such as 10m.';

/** Digits become a number, anything else stays as it is, for `@IsInt` to refuse. */
const Int = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
  );

const DatabaseScheme = () =>
  Matches(/^postgres(ql)?:\/\/\S+$/, {
    message: '$property must look like postgresql://user:password@host:5432/database.',
  });

const LocalPath = () =>
  Matches(/^\/(?![/\\])[^\s\\]*$/, {
    message: '$property must be a path of this site, such as /accounts/profile.',
  });

/** The environment variables Gatehouse reads, by name, with their defaults and their rules. */
export class Environment {
  @IsIn(['development', 'production', 'test'], {
    message: 'NODE_ENV must be development, production or test.',
  })
  NODE_ENV = 'development';

  @Int()
  @IsInt({ message: 'PORT must be a whole number.' })
  @Min(0, { message: 'PORT must be from 0 to 65535.' })
  @Max(65_535, { message: 'PORT must be from 0 to 65535.' })
  PORT = 3000;

  @IsOptional()
  @IsString()
  HOST?: string;

  @IsOptional()
  @Matches(/^\P{C}{1,60}$/u, {
    message: 'APP_NAME must be one line of at most 60 characters, such as Northwind.',
  })
  APP_NAME?: string;

  @IsOptional()
  @DatabaseScheme()
  DATABASE_URL?: string;

  @IsOptional()
  @DatabaseScheme()
  DATABASE_DIRECT_URL?: string;

  @Int()
  @IsInt({ message: 'DATABASE_POOL_SIZE must be a whole number.' })
  @Min(1, { message: 'DATABASE_POOL_SIZE must be from 1 to 500.' })
  @Max(500, { message: 'DATABASE_POOL_SIZE must be from 1 to 500.' })
  DATABASE_POOL_SIZE = 10;

  @IsString()
  @MaxLength(1024)
  DATA_DIR = '.data';

  @IsIn(['on', 'off'], { message: 'MIGRATE_ON_START must be on or off.' })
  MIGRATE_ON_START = 'on';

  @IsOptional()
  @Matches(
    /^https?:\/\/[^\s/?#@]+(?:\/(?!(?:accounts|admin|api|assets|dev|docs|health|metrics|static)(?:\/|$))[\w-]+(?:\/[\w-]+)*)?\/?$/,
    {
      message:
        'PUBLIC_URL must be the address that people see, such as https://accounts.example.com or https://example.com/auth. Its path must not begin like a path of ours (/accounts, /admin, /api, …).',
    },
  )
  PUBLIC_URL?: string;

  @IsOptional()
  @IsString()
  APP_SECRET?: string;

  @IsOptional()
  @IsString()
  APP_SECRET_PREVIOUS?: string;

  @IsOptional()
  @Matches(/^smtps?:\/\/\S+$/, {
    message: 'SMTP_URL must look like smtps://user:password@mail.example.com:465.',
  })
  SMTP_URL?: string;

  @IsOptional()
  @Matches(/^(?:[^<>\r\n"]{1,100} <[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/, {
    message: 'MAIL_FROM must be one address, such as Example <accounts@example.com>.',
  })
  MAIL_FROM?: string;

  @IsIn(['optional', 'mandatory', 'none'], {
    message: 'EMAIL_VERIFICATION must be optional, mandatory or none.',
  })
  EMAIL_VERIFICATION = 'optional';

  @IsIn(['open', 'closed'], { message: 'REGISTRATION must be open or closed.' })
  REGISTRATION = 'open';

  @IsOptional()
  @Matches(/^[^\p{C}\s,]{1,150}(?:[ \t]*,[ \t]*[^\p{C}\s,]{1,150})*$/u, {
    message: 'RESERVED_USERNAMES must be usernames with commas between them, such as sales,news.',
  })
  RESERVED_USERNAMES?: string;

  @IsOptional()
  @IsString()
  OIDC_REDIRECT_URIS?: string;

  @IsOptional()
  @IsString()
  CORS_ORIGINS?: string;

  @Int()
  @IsInt({ message: 'TRUST_PROXY must be a whole number: how many proxies stand in front.' })
  @Min(0, { message: 'TRUST_PROXY must be from 0 to 10.' })
  @Max(10, { message: 'TRUST_PROXY must be from 0 to 10.' })
  TRUST_PROXY = 0;

  @Int()
  @IsInt({ message: 'THROTTLE_SCALE must be a whole number: how many times more is allowed.' })
  @Min(1, { message: 'THROTTLE_SCALE must be from 1 to 1000000.' })
  @Max(1_000_000, { message: 'THROTTLE_SCALE must be from 1 to 1000000.' })
  THROTTLE_SCALE = 1;

  @Matches(DURATION, { message: DURATION_MESSAGE })
  ACCESS_TOKEN_TTL = '10m';

  @Matches(DURATION, { message: DURATION_MESSAGE })
  SESSION_IDLE_TTL = '14d';

  @Matches(DURATION, { message: DURATION_MESSAGE })
  SESSION_ABSOLUTE_TTL = '30d';

  @IsOptional()
  @Matches(DURATION, { message: DURATION_MESSAGE })
  SESSION_REMEMBERED_IDLE_TTL?: string;

  @IsOptional()
  @Matches(DURATION, { message: DURATION_MESSAGE })
  SESSION_REMEMBERED_ABSOLUTE_TTL?: string;

  @Int()
  @IsInt({ message: 'PASSWORD_MIN_LENGTH must be a whole number.' })
  @Min(8, { message: 'PASSWORD_MIN_LENGTH must be at least 8 (NIST SP 800-63B).' })
  @Max(64, { message: 'PASSWORD_MIN_LENGTH must be at most 64 (NIST SP 800-63B).' })
  PASSWORD_MIN_LENGTH = 8;

  @Int()
  @IsInt({ message: 'BCRYPT_COST must be a whole number.' })
  @Min(4, { message: 'BCRYPT_COST must be from 4 to 15.' })
  @Max(15, { message: 'BCRYPT_COST must be from 4 to 15.' })
  BCRYPT_COST = 12;

  @Int()
  @IsInt({ message: 'UV_THREADPOOL_SIZE must be a whole number.' })
  @Min(1, { message: 'UV_THREADPOOL_SIZE must be from 1 to 1024.' })
  @Max(1024, { message: 'UV_THREADPOOL_SIZE must be from 1 to 1024.' })
  UV_THREADPOOL_SIZE = 4;

  @LocalPath()
  LOGIN_REDIRECT_URL = '/accounts/profile';

  @LocalPath()
  LOGOUT_REDIRECT_URL = '/';

  @IsOptional()
  @Matches(/^\w+=[1-9]\d{0,8}(?:\s*,\s*\w+=[1-9]\d{0,8})*$/, {
    message:
      'LIMITS must be names of docs/limits.md with whole numbers, such as registrations_per_ip=200,mails_per_ip=600.',
  })
  LIMITS?: string;

  @IsOptional()
  @Matches(/^[\x21-\x7E]{32,256}$/, {
    message:
      'TRUSTED_CLIENT_SECRET must be 32 to 256 visible ASCII characters. Make one with: openssl rand -base64 32',
  })
  TRUSTED_CLIENT_SECRET?: string;

  @IsOptional()
  @Matches(/^(\d{1,3}s|[1-9]m)$/, {
    message:
      'SHUTDOWN_DELAY must be a whole number with a unit (s or m), at most 9m, such as 5s or 0s.',
  })
  SHUTDOWN_DELAY?: string;

  @Matches(DURATION, { message: DURATION_MESSAGE })
  KEEP_ALIVE_TIMEOUT = '72s';

  @IsIn(['on', 'off'], { message: 'HSTS_INCLUDE_SUBDOMAINS must be on or off.' })
  HSTS_INCLUDE_SUBDOMAINS = 'on';

  @IsOptional()
  @IsIn(['on', 'off'], { message: 'SWAGGER must be on or off.' })
  SWAGGER?: string;

  @IsOptional()
  @IsIn(['on', 'off'], { message: 'REQUEST_LOG must be on or off.' })
  REQUEST_LOG?: string;

  @IsOptional()
  @Matches(/^[\x21-\x7E]{32,256}$/, {
    message:
      'METRICS_TOKEN must be 32 to 256 visible ASCII characters. Make one with: openssl rand -base64 32',
  })
  METRICS_TOKEN?: string;

  @IsOptional()
  @Matches(/^(?:mailto:[^\s@]+@[^\s@]+|https:\/\/\S+|tel:\+?[\d-]+)$/, {
    message:
      'SECURITY_CONTACT must be mailto:security@example.com, https://example.com/security or a tel: number.',
  })
  SECURITY_CONTACT?: string;

  @IsOptional()
  @IsString()
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  @IsOptional()
  @IsString()
  OTEL_TRACES_EXPORTER?: string;
}
