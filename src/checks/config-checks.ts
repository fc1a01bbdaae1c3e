import ms from 'ms';
import { isLoopback } from '../common/loopback.js';
import type { AppConfig } from '../platform/config/app-config.js';
import type { LimitCatalogue } from '../platform/throttling/limit-catalogue.js';
import { type LimitName, LIMITS } from '../platform/throttling/limits.js';
import { type CheckFinding, foundIf } from './finding.js';

const SINGLE_FACTOR_LENGTH = 15;
/** The modes in which the certificate is checked: node-postgres does so in more of them than libpq. */
const PROVEN = ['verify-ca', 'verify-full'];
const PROVEN_BY_NODE_POSTGRES = [...PROVEN, 'prefer', 'require'];

/**
 * What the variables alone tell about a deployment.
 * @param catalogue the limits that they are compared with
 */
export function checkConfig(config: AppConfig, catalogue: LimitCatalogue): CheckFinding[] {
  const { environment, publicUrl, databaseUrl, passwordMinLength, throttleScale } = config;
  const isHttps = publicUrl.startsWith('https:');
  const loosened = [
    ...(throttleScale === 1 ? [] : [`THROTTLE_SCALE=${throttleScale}`]),
    ...Object.entries(config.limits)
      .filter(([name, times]) => times > defaultOf(name, catalogue))
      .map(([name, times]) => `LIMITS has ${name}=${times}`),
    ...catalogue.loosened,
  ];
  const plainOrigins = config.corsOrigins.filter((origin) => origin.startsWith('http:'));
  const long = Object.entries({
    SESSION_ABSOLUTE_TTL: config.sessionAbsoluteTtl,
    SESSION_REMEMBERED_ABSOLUTE_TTL: config.rememberedSessionAbsoluteTtl,
  }).flatMap(([name, ttl]) => (ttl > ms('30d') ? `${name} is ${ttl / ms('1d')} days` : []));
  const sendsEmail = config.smtpUrl !== undefined && config.emailVerification !== 'none';
  return [
    ...foundIf(environment !== 'production', 'gatehouse.W010', `it is ${environment}.`),
    ...foundIf(!isHttps, 'gatehouse.W011', publicUrl),
    ...foundIf(
      isUnprotected(databaseUrl) || isUnprotected(config.databaseDirectUrl),
      'gatehouse.W014',
    ),
    ...foundIf(isHttps && config.trustProxy === 0, 'gatehouse.W016'),
    ...foundIf(loosened.length > 0, 'gatehouse.W018', `${loosened.join(', ')}.`),
    ...foundIf(
      passwordMinLength < SINGLE_FACTOR_LENGTH,
      'gatehouse.W026',
      `it is ${passwordMinLength}.`,
    ),
    ...foundIf(config.swagger, 'gatehouse.W027'),
    ...foundIf(!sendsEmail, 'gatehouse.W028'),
    ...foundIf(plainOrigins.length > 0, 'gatehouse.W032', plainOrigins.join(', ')),
    ...foundIf(long.length > 0, 'gatehouse.W029', `${long.join(', ')}.`),
  ];
}

/** How many a limit lets through where nothing sets it. */
function defaultOf(name: string, catalogue: LimitCatalogue): number {
  return (LIMITS[name as LimitName] ?? catalogue.limits.get(name))?.times ?? 0;
}

/** Whether the database is on another machine, and the way there is readable or leads to anybody. */
function isUnprotected(databaseUrl: string | undefined): boolean {
  if (!databaseUrl || !URL.canParse(databaseUrl)) return false;
  const { hostname, searchParams } = new URL(databaseUrl);
  // Without a host name, or with a path for one, it is a socket of this machine.
  const host = searchParams.get('host') ?? hostname;
  if (host === '' || host.startsWith('/') || isLoopback(host)) return false;
  const isLikeLibpq = searchParams.get('uselibpqcompat') === 'true';
  const proven = isLikeLibpq ? PROVEN : PROVEN_BY_NODE_POSTGRES;
  return !proven.includes(searchParams.get('sslmode') ?? '') && searchParams.get('ssl') !== 'true';
}
