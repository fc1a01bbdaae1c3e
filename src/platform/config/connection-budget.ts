import type { AppConfig } from './app-config.js';

const MOST_JOBS_AT_ONCE = 4;

/** The most connections to the database that an instance opens at once, by what they are for. */
export interface ConnectionBudget {
  requests: number;
  /** How many jobs are done at once: each may hold a connection. */
  jobsAtOnce: number;
  /** In addition, one listens for jobs, and one takes and finishes them. */
  jobs: number;
  changeFeed: number;
  monitor: number;
  /** On the way of `DATABASE_URL`, and on that of `DATABASE_DIRECT_URL`. */
  pooled: number;
  direct: number;
}

/** Divides connections up. A small pool also means fewer jobs at once. */
export function connectionBudget({
  databasePoolSize: requests,
}: Pick<AppConfig, 'databasePoolSize'>): ConnectionBudget {
  const jobsAtOnce = Math.min(MOST_JOBS_AT_ONCE, requests);
  const jobs = jobsAtOnce + 2;
  const changeFeed = 1;
  const monitor = 1;
  return {
    requests,
    jobsAtOnce,
    jobs,
    changeFeed,
    monitor,
    pooled: requests + monitor,
    direct: jobs + changeFeed,
  };
}
