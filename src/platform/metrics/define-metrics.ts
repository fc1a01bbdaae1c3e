import { Definitions } from '../../common/definitions.js';
import type { MetricDefinition } from './metric-catalogue.js';

/** A metric of a product. */
export interface MetricDeclaration {
  /** A counter counts up, a gauge is read when Prometheus asks, a histogram measures seconds. */
  type: MetricDefinition['type'];
  /** What it measures, in one line. */
  help: string;
  /** Each has few values, whatever visitors send: every new value costs memory. */
  labels?: readonly string[];
}

/** A metric that `defineMetrics()` returned, for `Metrics`. */
export interface DeclaredMetric<
  Type extends MetricDefinition['type'] = MetricDefinition['type'],
  Label extends string = string,
> {
  readonly name: string;
  readonly type: Type;
  readonly labels: readonly Label[];
}

type HandleOf<Declared extends MetricDeclaration> = DeclaredMetric<
  Declared['type'],
  Declared['labels'] extends readonly string[] ? Declared['labels'][number] : never
>;

export const METRIC_DEFINITIONS = new Definitions<DeclaredMetricDefinition[]>('defineMetrics');

/** A metric with its name. */
export interface DeclaredMetricDefinition extends MetricDefinition {
  name: string;
}

/**
 * Declares metrics of a product for `/metrics`, in a file named `*.metrics.ts` below its `root`.
 *
 * ```ts
 * export const ARTICLE_METRICS = defineMetrics({
 *   articles_published_total: { type: 'counter', help: 'Published articles', labels: ['kind'] },
 * });
 * this.metrics.count(ARTICLE_METRICS.articles_published_total, { kind: 'news' });
 * ```
 *
 * The start stops at a name that is not in snake_case, is taken or belongs to Gatehouse or the process (`gatehouse_…`,
 * `process_…`, `nodejs_…`), at labels that Prometheus does not take, and at a metric without `help`.
 */
export function defineMetrics<const Metrics extends Readonly<Record<string, MetricDeclaration>>>(
  metrics: Metrics,
): { readonly [Name in keyof Metrics & string]: HandleOf<Metrics[Name]> } {
  const defined = Object.entries(metrics).map(([name, { type, help, labels = [] }]) =>
    Object.freeze({ name, type, help, labels }),
  );
  const handles = Object.fromEntries(defined.map((metric) => [metric.name, metric]));
  return METRIC_DEFINITIONS.record(handles, defined) as never;
}
