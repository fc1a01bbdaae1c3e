/** Work of one sort. Its time grows with its units, so a check that did less can make up the difference. */
export interface Work {
  readonly sort: string;
  readonly units: number;
  /** Computes that many units of it, for nothing but the time. */
  spend(units: number): Promise<void>;
}

/** How a hash was made: everything that it says except its salt and its digest. */
export interface HashKind {
  readonly algorithm: string;
  /** The cost as the format writes it: rounds, iterations, or memory and passes. */
  readonly workFactor: string;
  /** The parameter that is above its bound. Undefined: hashes of this kind are checked. */
  readonly excess: string | undefined;
  /** The work of one check. */
  readonly work: Work;
  /** Whether a salt and a digest have the alphabet and the length of this kind. */
  accepts(salt: string, digest: string): boolean;
  /** Whether a normalised password matches. The salt and the digest must be accepted ones. */
  matches(password: string, salt: string, digest: string): Promise<boolean>;
}

/** Reads the text of a kind. Undefined: another format, or parameters that are not well-formed. */
export type HashFormat = (kind: string) => HashKind | undefined;

/** A positive number without leading zeros, as a pattern. */
export const COUNT = '([1-9]\\d*)';

/**
 * The first parameter above its bound. Stored data must not choose how much time and memory a check takes
 * (ASVS 15.2.2).
 */
export function excessOf(
  parameters: [name: string, value: number, bound: number][],
): string | undefined {
  const excess = parameters.find(([, value, bound]) => value > bound);
  return excess && `${excess[0]} is ${excess[1]}, and the bound is ${excess[2]}`;
}
