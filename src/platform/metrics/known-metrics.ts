import { DeclarationError } from '../../common/declaration-error.js';
import type { Declarations } from '../../common/declarations.js';
import { SNAKE_CASE } from '../../common/definitions.js';
import { type DeclaredMetricDefinition, METRIC_DEFINITIONS } from './define-metrics.js';
import { type MetricDefinition, METRICS } from './metric-catalogue.js';

const TYPES = new Set<string>(['counter', 'gauge', 'histogram']);
/** Gatehouse's own, and those that prom-client adds. */
const RESERVED = /^(gatehouse|process|nodejs)_/;
/** What histograms and summaries use. */
const RESERVED_LABELS = new Set(['le', 'quantile']);

/** Every metric that the code knows: Gatehouse's own, and those of the product. */
export class KnownMetrics {
  readonly definitions = new Map<string, MetricDefinition>(Object.entries(METRICS));

  private constructor() {}

  /** Throws `DeclarationError`. */
  static async load(declarations: Declarations): Promise<KnownMetrics> {
    const known = new KnownMetrics();
    const files = new Map<string, string>();
    const declared = await declarations.definitionsOf('metrics', METRIC_DEFINITIONS);
    for (const { definition, file } of declared) {
      for (const metric of definition) {
        const fault = faultOf(metric, files.get(metric.name));
        if (fault) throw new DeclarationError(file, fault);
        known.definitions.set(metric.name, metric);
        files.set(metric.name, file);
      }
    }
    return known;
  }

  /** The name of a metric. Throws when no file declares it: its handle comes from a file of another name. */
  nameOf(metric: string | { name: string }): string {
    const name = typeof metric === 'string' ? metric : metric.name;
    if (this.definitions.has(name)) return name;
    throw new Error(`No *.metrics.ts file below the root of the product declares "${name}".`);
  }
}

function faultOf(
  { name, type, help, labels }: DeclaredMetricDefinition,
  otherFile?: string,
): string | undefined {
  if (!SNAKE_CASE.test(name)) {
    return `"${name}" is no name of a metric; name it in snake_case, such as articles_published_total.`;
  }
  if (RESERVED.test(name)) {
    return `the metric "${name}" begins like one of Gatehouse or of the process; choose another name.`;
  }
  if (otherFile !== undefined) return `the metric "${name}" is also defined in ${otherFile}.`;
  if (!TYPES.has(type)) {
    return `the type of the metric "${name}" is "${type}"; it must be counter, gauge or histogram.`;
  }
  if (typeof help !== 'string' || help.trim() === '') return `the metric "${name}" has no help.`;
  const wrong = labels.find((label) => !SNAKE_CASE.test(label) || RESERVED_LABELS.has(label));
  if (wrong !== undefined) {
    return `"${wrong}" is no label of the metric "${name}"; name it in snake_case, and not le or quantile.`;
  }
  if (type === 'gauge' && labels.length > 1) {
    return `the gauge "${name}" has ${labels.length} labels; it can have one.`;
  }
  return undefined;
}
