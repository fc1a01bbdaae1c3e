import type { INestApplicationContext } from '@nestjs/common';
import { built } from './built.js';

const { HashQueue } = await built<typeof import('../../src/passwords/hash-queue.js')>(
  'src/passwords/hash-queue.js',
);
const { WorkInUse } = await built<typeof import('../../src/passwords/work-in-use.js')>(
  'src/passwords/work-in-use.js',
);

type Run = (...args: unknown[]) => unknown;

/** Counts the passwords that the application hashes or checks from now on. */
export function countHashes(nest: INestApplicationContext): { count: number } {
  const counter = { count: 0 };
  const queue = nest.get<{ runHash: Run }>(HashQueue, { strict: false });
  const run = queue.runHash.bind(queue);
  queue.runHash = (...args) => {
    counter.count++;
    return run(...args);
  };
  return counter;
}

/** Adds up the work that checks of passwords do from now on, each sort for itself; what hash was at hand counts, too. */
export function measureWork(nest: INestApplicationContext): { done: Record<string, number> } {
  const meter = { done: {} as Record<string, number> };
  const add = (sort: string, units: number) => {
    meter.done[sort] = (meter.done[sort] ?? 0) + units;
  };
  const inUse = nest.get(WorkInUse, { strict: false });
  const covering = inUse.covering.bind(inUse);
  inUse.covering = async (atHand) => {
    const works = await covering(atHand);
    if (atHand) add(atHand.sort, atHand.units);
    return works.map((work) => ({
      ...work,
      spend: (units: number) => {
        add(work.sort, units);
        return work.spend(units);
      },
    }));
  };
  return meter;
}
