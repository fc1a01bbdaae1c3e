/**
 * Options of an `LRUCache`: so many entries, those that were used last. Its own `max` takes room for all of them
 * at once, which is megabytes in a process that has just started.
 */
export function atMost(entries: number): { maxSize: number; sizeCalculation: () => number } {
  return { maxSize: entries, sizeCalculation: () => 1 };
}
