import { load } from './load.js';
import type { ServerProcess } from './process.js';
import { processorTime } from './processor-time.js';

/** Requests that some servers answered at the same time. */
export interface Requests {
  perSecond: number;
  count: number;
  /** Microseconds of processor time that all servers used for one. */
  effort: number;
}

/** Sends requests for a path to each server as `load` does. */
export async function requests(
  servers: ServerProcess[],
  path: string,
  options: object = {},
): Promise<Requests> {
  const before = await processorTimeOf(servers);
  const loads = await Promise.all(
    servers.map(async ({ url }) => load({ url: url + path, ...options })),
  );
  const used = (await processorTimeOf(servers)) - before;
  const count = loads.reduce((sum, { answers }) => sum + answers, 0);
  return {
    perSecond: loads.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0),
    count,
    effort: (1e6 * used) / count,
  };
}

async function processorTimeOf(servers: ServerProcess[]): Promise<number> {
  const times = await Promise.all(servers.map(async ({ pid }) => processorTime(pid)));
  return times.reduce((sum, time) => sum + time, 0);
}
