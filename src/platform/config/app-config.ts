import type { ProviderSettings } from './provider-settings.js';

/** What Gatehouse was told, validated and frozen. Durations are milliseconds. */
export abstract class AppConfig {
  abstract readonly environment: 'development' | 'production' | 'test';
  abstract readonly port: number;
  abstract readonly host: string;
  /** The name that visitors see, as the operator decided it; undefined: `Brand` has it from the product. */
  abstract readonly appName: string | undefined;
  /** Undefined: the embedded PostgreSQL under `dataDir` is used. */
  abstract readonly databaseUrl: string | undefined;
  /** The way past a transaction pooler; undefined: `databaseUrl` serves for everything. */
  abstract readonly databaseDirectUrl: string | undefined;
  /** How many connections serve the requests of an instance; `connectionBudget` has all of them. */
  abstract readonly databasePoolSize: number;
  abstract readonly dataDir: string;
  /** Whether a start applies pending migrations; otherwise they stop it. */
  abstract readonly migrateOnStart: boolean;
  /** The origin, and the path of the prefix if there is one, in every link and in the `iss` and `aud` of tokens. Request headers never decide it. */
  abstract readonly publicUrl: string;
  abstract readonly appSecret: string;
  /** Secrets that were `APP_SECRET` before. They open what was made under them, and make nothing. */
  abstract readonly previousAppSecrets: readonly string[];
  /** Undefined: in development mails are kept for `/dev/mailbox`; in production none is sent. */
  abstract readonly smtpUrl: string | undefined;
  /** The sender of emails: an address, possibly with a name before it. Undefined: `no-reply` at the host of `publicUrl`. */
  abstract readonly emailFrom: string | undefined;
  /** `mandatory`: nobody signs in before the address is proven. `none`: nobody is asked to prove one. */
  abstract readonly emailVerification: 'optional' | 'mandatory' | 'none';
  abstract readonly registration: 'open' | 'closed';
  /** Usernames that visitors cannot choose, in addition to the built-in ones. */
  abstract readonly reservedUsernames: readonly string[];
  /** How many proxies, counted from the right of `X-Forwarded-For`, are ours. */
  abstract readonly trustProxy: number;
  /** By whom people sign in beside us, as `OIDC_<NAME>_…` say; administrators add others at run time. */
  abstract readonly identityProviders: readonly ProviderSettings[];
  /** Where native apps may have such a sign-in end. */
  abstract readonly federationRedirectUris: readonly string[];
  /** The origins whose pages may call the API from a browser, next to that of `publicUrl`. */
  abstract readonly corsOrigins: readonly string[];
  /** Multiplies every limit of docs/limits.md. */
  abstract readonly throttleScale: number;
  /** How many times each limit of docs/limits.md lets something through that is not left at its default. */
  abstract readonly limits: Readonly<Record<string, number>>;
  /** With it, a server of ours may say for which client it calls the API. */
  abstract readonly trustedClientSecret: string | undefined;
  abstract readonly accessTokenTtl: number;
  abstract readonly sessionIdleTtl: number;
  abstract readonly sessionAbsoluteTtl: number;
  /** The same for sessions of pages whose visitor asked to stay signed in. */
  abstract readonly rememberedSessionIdleTtl: number;
  abstract readonly rememberedSessionAbsoluteTtl: number;
  abstract readonly passwordMinLength: number;
  abstract readonly bcryptCost: number;
  /** How many threads Node has for slow work (libuv). */
  abstract readonly workerThreads: number;
  /** Where people go after they signed in, if they did not want to go anywhere else. */
  abstract readonly loginRedirectUrl: string;
  /** And after they signed out. */
  abstract readonly logoutRedirectUrl: string;
  /** How long the instance serves on after a signal, while `/health/ready` already says 503. */
  abstract readonly shutdownDelay: number;
  /** How long an idle connection is kept for its next request. */
  abstract readonly keepAliveTimeout: number;
  /** Whether browsers use https for every subdomain of `publicUrl` as well. */
  abstract readonly hstsIncludeSubdomains: boolean;
  abstract readonly swagger: boolean;
  /** Whether a line is logged for every request. */
  abstract readonly requestLog: boolean;
  /** What Prometheus shows to see `/metrics`; undefined: there is no such page. */
  abstract readonly metricsToken: string | undefined;
  /** Where vulnerabilities are reported, as a URI; undefined: there is no `security.txt`. */
  abstract readonly securityContact: string | undefined;
  /** Whether traces are sent, as OpenTelemetry's own variables say. */
  abstract readonly tracing: boolean;
  /** What the `*.settings` files of the product read: one object of each class. */
  abstract readonly settings: readonly object[];
}
