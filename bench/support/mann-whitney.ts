/**
 * How likely two samples of one distribution differ by as much as these (Mann-Whitney U, two-sided, normal
 * approximation with corrections for ties and continuity): small when one of them tends to be larger.
 */
export function mannWhitney(a: number[], b: number[]): number {
  const all = [...a, ...b].toSorted((x, y) => x - y);
  const { rankOf, ties } = ranks(all);
  const n = all.length;
  const u = a.reduce((sum, value) => sum + rankOf.get(value)!, 0) - (a.length * (a.length + 1)) / 2;
  const product = a.length * b.length;
  const variance = (product / 12) * (n + 1 - ties / (n * (n - 1)));
  if (variance === 0) return 1;
  const distance = Math.max(0, Math.abs(u - product / 2) - 0.5);
  return erfc(distance / Math.sqrt(2 * variance));
}

/** The rank of each value, in the middle of those that are equal, and the sum of t³ − t over groups of equals. */
function ranks(sorted: number[]): { rankOf: Map<number, number>; ties: number } {
  const rankOf = new Map<number, number>();
  let ties = 0;
  for (let first = 0, next = 0; first < sorted.length; first = next) {
    while (next < sorted.length && sorted[next] === sorted[first]) next++;
    const equals = next - first;
    rankOf.set(sorted[first]!, first + (equals + 1) / 2);
    ties += equals ** 3 - equals;
  }
  return { rankOf, ties };
}

/** The complementary error function, within 1.2e-7 of itself (Numerical Recipes, `erfcc`). Not below 0. */
function erfc(x: number): number {
  const t = 1 / (1 + x / 2);
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398,
    1.48851587, -0.82215223, 0.17087277,
  ];
  const sum = coefficients.reduceRight((rest, coefficient) => coefficient + t * rest, 0);
  return t * Math.exp(-x * x + sum);
}
