import { Definitions } from '../../common/definitions.js';

declare const PAYLOAD: unique symbol;

/** A job of a product, and with it the type of its payload. */
export interface Job<Payload extends object> {
  /** `feature.job`, as it is in the database. */
  readonly name: string;
  readonly [PAYLOAD]?: (payload: Payload) => void;
}

/** The type of the payload of a job that is declared. */
export interface JobPayload<Payload extends object> {
  readonly [PAYLOAD]?: (payload: Payload) => void;
}

/** The jobs of one feature, by what the code calls them. */
export type FeatureJobs<Payloads extends Record<string, JobPayload<never>>> = {
  readonly [Name in keyof Payloads]: Payloads[Name] extends JobPayload<infer Payload>
    ? Job<Payload>
    : never;
};

/** Names the type of the payload of a job for `defineJobs`. It is stored as JSON: a `Date` comes back as text. */
export function jobOf<Payload extends object = object>(): JobPayload<Payload> {
  return {};
}

export const JOB_DEFINITIONS = new Definitions<string[]>('defineJobs');

/**
 * Declares the jobs of a feature, in a file named `*.jobs.ts` below the `root` of the product. `JobsService.addJob` adds
 * one, `JobRunner.handleJob` registers its handler. The start stops at a job without a handler, and at names that are not in
 * lower case, too long or taken. A name never changes: a job of an earlier version may still wait.
 * @example
 * ```ts
 * // articles.jobs.ts
 * export const ARTICLE_JOBS = defineJobs('articles', { announce: jobOf<{ articleId: string }>() });
 *
 * // articles.service.ts
 * await this.jobs.addJob(tx, ARTICLE_JOBS.announce, { articleId: article.id });
 * ```
 * @param feature the first part of the names, such as `articles`
 * @param jobs the types of the payloads, by the second part of the name
 */
export function defineJobs<const Payloads extends Record<string, JobPayload<never>>>(
  feature: string,
  jobs: Payloads,
): FeatureJobs<Payloads> {
  const defined = Object.keys(jobs).map(
    (job) => [job, Object.freeze({ name: `${feature}.${job}` })] as const,
  );
  return JOB_DEFINITIONS.record(
    Object.fromEntries(defined),
    defined.map(([, { name }]) => name),
  ) as FeatureJobs<Payloads>;
}
