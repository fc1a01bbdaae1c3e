import type { StringValue } from 'ms';
import { Definitions } from '../../common/definitions.js';
import type { LimitName } from './limits.js';

/**
 * What one counter is kept for: the account of the caller, their IP address and the /48 around it, or a text that the
 * service passes.
 */
export type CountedBy = 'account' | 'ip' | 'key';

/** A limit of a product. */
export interface LimitDefinition<By extends CountedBy = CountedBy> {
  /** How many are let through within the time, from 1 on. `THROTTLE_SCALE` multiplies it. */
  points: number;
  /** The time, which begins with the first one: a whole number with s, m, h or d, such as `1h`. */
  per: StringValue;
  by: By;
  /** One sentence for a caller who is refused. When to come back follows it. */
  refusal: string;
}

/** Other numbers for a limit of Gatehouse. */
export type LimitOverride = Partial<Pick<LimitDefinition, 'points' | 'per'>>;

/** A limit that `defineLimits()` returned, for `LimitsService.consume()`. */
export interface DeclaredLimit<By extends CountedBy = CountedBy> {
  readonly name: string;
  readonly by: By;
}

/** What a file declares: limits of the product, or other numbers for those of Gatehouse. */
export interface LimitDeclaration {
  defined?: Readonly<Record<string, LimitDefinition>>;
  overridden?: Readonly<Record<string, LimitOverride>>;
}

export const LIMIT_DECLARATIONS = new Definitions<LimitDeclaration>(
  'defineLimits() or overrideLimits',
);

/**
 * Declares limits of a product, in a file named `*.limits.ts` below its `root`. They are counted in PostgreSQL for all
 * instances together, as Gatehouse's own are, and `LIMITS` sets them by name as well.
 *
 * ```ts
 * export const ARTICLE_LIMITS = defineLimits({
 *   comments: { points: 20, per: '1h', by: 'account', refusal: 'Too many comments.' },
 * });
 * await this.limits.consume(ARTICLE_LIMITS.comments, actor);
 * ```
 *
 * The start stops at a name that is not in snake_case or is taken, and at numbers and times that make no limit.
 */
export function defineLimits<Limits extends Readonly<Record<string, LimitDefinition>>>(
  limits: Limits,
): { readonly [Name in keyof Limits & string]: DeclaredLimit<Limits[Name]['by']> } {
  const handles = Object.fromEntries(
    Object.entries(limits).map(([name, { by }]) => [name, Object.freeze({ name, by })]),
  );
  return LIMIT_DECLARATIONS.record(handles, { defined: limits }) as never;
}

/**
 * Sets other numbers for limits of Gatehouse (docs/limits.md), in a file named `*.limits.ts` below the `root` of the
 * product. `LIMITS` in the environment wins over them.
 *
 * ```ts
 * export const LIMIT_VALUES = overrideLimits({ registrations_per_ip: { points: 100 } });
 * ```
 *
 * The start stops at a name that is no limit of Gatehouse. `check --deploy` lists what is looser than the default
 * (`gatehouse.W018`).
 */
export function overrideLimits(
  values: Readonly<Partial<Record<LimitName, LimitOverride>>>,
): Readonly<object> {
  return LIMIT_DECLARATIONS.record({}, { overridden: values });
}
