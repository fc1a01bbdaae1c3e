import { median } from './statistics.js';

/** How often everything is measured. Odd, so that the median is one that was seen. */
export const ROUNDS = 3;

/** The figures of one of the compared things: one a round. */
export interface Measured {
  median: number;
  rounds: number[];
}

/**
 * Measures the compared things in turns, each round beginning with another one, so that what disturbs the
 * machine disturbs all of them. A round before the first is thrown away.
 */
export async function interleave<Name extends string>(
  compared: Record<Name, () => Promise<number>>,
  rounds = ROUNDS,
): Promise<Record<Name, Measured>> {
  const names = Object.keys(compared) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length]!;
      const value = await compared[name]();
      if (round > 0) results[name]!.push(value);
    }
  }
  return Object.fromEntries(
    names.map((name) => [name, { median: median(results[name]!), rounds: results[name]! }]),
  ) as Record<Name, Measured>;
}
