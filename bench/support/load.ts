import autocannon, { type Options } from 'autocannon';

/** What a load did. */
export interface Load {
  requestsPerSecond: number;
  answers: number;
  /** Of the time until the answer, in milliseconds. */
  p99: number;
}

const CONNECTIONS = 32;
const SECONDS = 5;

/**
 * Sends requests as fast as they are answered: for five seconds over 32 connections, one at a time on each, unless
 * `options` say otherwise. Throws when an answer is not a success: what is refused quickly is not fast.
 */
export async function load(options: Options): Promise<Load> {
  const result = await autocannon({
    connections: CONNECTIONS,
    duration: SECONDS,
    ...options,
  });
  const failed = result.errors + result.timeouts + result.non2xx;
  if (failed > 0 || result['2xx'] === 0) {
    throw new Error(
      `${options.url}: ${failed} of ${result.requests.sent} requests failed (${JSON.stringify(result.statusCodeStats)})`,
    );
  }
  return {
    requestsPerSecond: result['2xx'] / result.duration,
    answers: result['2xx'],
    p99: result.latency.p99,
  };
}

export function bearer(accessToken: string): Record<string, string> {
  return { authorization: `Bearer ${accessToken}` };
}
