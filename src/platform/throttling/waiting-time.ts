const UNITS = [
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A waiting time in words, rounded up: "14 minutes". Up to two minutes are told in seconds, up to two hours in minutes. */
export function inWords(seconds: number): string {
  const [unit, size] = UNITS.find(([, one]) => seconds >= 2 * one || one === 1)!;
  const count = Math.ceil(seconds / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
