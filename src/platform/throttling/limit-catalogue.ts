import ms from 'ms';
import { DeclarationError } from '../../common/declaration-error.js';
import type { Declarations } from '../../common/declarations.js';
import { SNAKE_CASE } from '../../common/definitions.js';
import {
  LIMIT_DECLARATIONS,
  type LimitDeclaration,
  type LimitDefinition,
  type LimitOverride,
} from './define-limits.js';
import { type Limit, LIMITS } from './limits.js';

const DURATION = /^[1-9]\d{0,6}(s|m|h|d)$/;
const MAX_POINTS = 999_999_999;
const MAX_NAME_LENGTH = 100;
/** How much more a /48 of IPv6 has than one address in it. */
const SITE_FACTOR = 3;
const PER = { account: 'account', ip: 'IP address', key: 'key' };

/** Every limit that the code knows: Gatehouse's own, with the numbers of the product, and those of the product. */
export class LimitCatalogue {
  readonly limits = new Map<string, Limit>(Object.entries(LIMITS));
  /** The files that declare a limit or other numbers for one, by its name. */
  private readonly files = new Map<string, string>();

  private constructor() {}

  /** Throws `DeclarationError`. */
  static async load(declarations: Declarations): Promise<LimitCatalogue> {
    const catalogue = new LimitCatalogue();
    const declared = await declarations.definitionsOf('limits', LIMIT_DECLARATIONS);
    for (const { definition, file } of declared) catalogue.add(definition, file);
    return catalogue;
  }

  /** A limit by its name. Throws when no file declares it: its handle comes from a file of another name. */
  find(name: string): Limit {
    const limit = this.limits.get(name);
    if (limit) return limit;
    throw new Error(`No *.limits.ts file below the root of the product declares "${name}".`);
  }

  /** What the product made looser than the default of Gatehouse, one phrase for each limit. */
  get loosened(): string[] {
    return Object.entries<Limit>(LIMITS).flatMap(([name, ours]) => {
      const { times, within } = this.find(name);
      const isLooser = times / ms(within) > ours.times / ms(ours.within);
      return isLooser ? [`${this.files.get(name)} has ${name}=${times} in ${within}`] : [];
    });
  }

  private add({ defined = {}, overridden = {} }: LimitDeclaration, file: string): void {
    for (const [name, definition] of Object.entries(defined)) {
      const fault = this.faultOfName(name) ?? faultOfDefinition(name, definition);
      if (fault) throw new DeclarationError(file, fault);
      this.limits.set(name, limitOf(definition));
      this.files.set(name, file);
    }
    for (const [name, values] of Object.entries(overridden)) {
      const fault = this.faultOfOverride(name) ?? faultOfNumbers(name, values);
      if (fault) throw new DeclarationError(file, fault);
      this.limits.set(name, withValues(this.find(name), values));
      this.files.set(name, file);
    }
  }

  private faultOfName(name: string): string | undefined {
    if (!SNAKE_CASE.test(name) || name.length > MAX_NAME_LENGTH) {
      return `"${name}" is no name of a limit; name it in snake_case, with at most ${MAX_NAME_LENGTH} characters.`;
    }
    if (Object.hasOwn(LIMITS, name)) {
      return `Gatehouse itself has the limit "${name}"; choose another name, or set its numbers by overrideLimits().`;
    }
    const other = this.files.get(name);
    return other === undefined ? undefined : `the limit "${name}" is also defined in ${other}.`;
  }

  private faultOfOverride(name: string): string | undefined {
    if (!Object.hasOwn(LIMITS, name)) {
      return `"${name}" is no limit of Gatehouse; docs/limits.md lists them.`;
    }
    const other = this.files.get(name);
    return other === undefined ? undefined : `the limit "${name}" is also set in ${other}.`;
  }
}

function faultOfDefinition(name: string, definition: LimitDefinition): string | undefined {
  const { points, per, by, refusal } = definition;
  if (points === undefined || per === undefined) return `the limit "${name}" needs points and per.`;
  if (!Object.hasOwn(PER, by)) {
    return `the limit "${name}" is by "${by}"; it must be by account, ip or key.`;
  }
  if (typeof refusal !== 'string' || refusal.trim() === '') {
    return `the limit "${name}" has no refusal; say in a sentence what there was too much of.`;
  }
  return faultOfNumbers(name, definition);
}

function faultOfNumbers(name: string, { points = 1, per = '1s' }: LimitOverride) {
  if (!Number.isInteger(points) || points < 1 || points > MAX_POINTS) {
    return `the points of the limit "${name}" must be a whole number from 1 to ${MAX_POINTS}.`;
  }
  if (!DURATION.test(per)) {
    return `the time of the limit "${name}" must be a whole number with a unit (s, m, h or d), such as 1h.`;
  }
  return undefined;
}

function limitOf({ points, per, by, refusal }: LimitDefinition): Limit {
  return {
    counted: refusal,
    per: PER[by],
    times: points,
    within: per,
    refusal,
    ...(by === 'ip' && { timesPerSite: points * SITE_FACTOR }),
  };
}

function withValues(limit: Limit, { points = limit.times, per = limit.within }: LimitOverride) {
  const { timesPerSite } = limit;
  return {
    ...limit,
    times: points,
    within: per,
    // The larger limit of a /48 grows and shrinks with that of an address.
    ...(timesPerSite && { timesPerSite: Math.ceil((timesPerSite * points) / limit.times) }),
  };
}
