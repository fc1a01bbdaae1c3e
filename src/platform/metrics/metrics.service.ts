import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { VERSION } from '../../common/version.js';
import { AppConfig } from '../config/app-config.js';
import type { DeclaredMetric } from './define-metrics.js';
import { KnownMetrics } from './known-metrics.js';
import type {
  CounterName,
  HistogramName,
  LabelsOf,
  MetricDefinition,
  ReadableName,
} from './metric-catalogue.js';

const READ_DEADLINE = 2_000;
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A number, or one for each value of the metric's only label. */
type Reading = number | Record<string, number>;
type Read = () => Reading | Promise<Reading>;

/**
 * Where whoever does something tells that it was done, for `/metrics`. Without `METRICS_TOKEN` nothing is
 * kept, and telling costs nothing.
 */
@Injectable()
export class Metrics {
  readonly isOn: boolean;
  private readonly registry = new Registry();
  private readonly counters = new Map<string, Counter>();
  private readonly histograms = new Map<string, Histogram>();
  private readonly reads = new Map<string, Read>();

  constructor(
    private readonly known: KnownMetrics,
    { metricsToken }: AppConfig,
  ) {
    this.isOn = metricsToken !== undefined;
    if (!this.isOn) return;
    collectDefaultMetrics({ register: this.registry });
    for (const [name, definition] of known.definitions) this.register(name, definition);
    this.readFrom('gatehouse_build_info', () => ({ [VERSION]: 1 }));
  }

  /**
   * Counts one.
   * @param metric what `defineMetrics()` returned, or the name of one of Gatehouse's own
   * @param labels a value for every label of the metric
   */
  count<Label extends string>(
    metric: DeclaredMetric<'counter', Label>,
    labels: Record<Label, string>,
  ): void;
  count<Name extends CounterName>(metric: Name, labels: LabelsOf<Name>): void;
  count(metric: string | DeclaredMetric<'counter'>, labels: Record<string, string>): void {
    this.counters.get(this.known.nameOf(metric))?.inc(labels);
  }

  /**
   * Adds a measurement in seconds.
   * @param metric what `defineMetrics()` returned, or the name of one of Gatehouse's own
   * @param labels a value for every label of the metric
   */
  observe<Label extends string>(
    metric: DeclaredMetric<'histogram', Label>,
    labels: Record<Label, string>,
    seconds: number,
  ): void;
  observe<Name extends HistogramName>(metric: Name, labels: LabelsOf<Name>, seconds: number): void;
  observe(
    metric: string | DeclaredMetric<'histogram'>,
    labels: Record<string, string>,
    seconds: number,
  ): void {
    this.histograms.get(this.known.nameOf(metric))?.observe(labels, seconds);
  }

  /**
   * Says how a metric is read when somebody asks for it. A counter is read as its total.
   * @param metric what `defineMetrics()` returned, or the name of one of Gatehouse's own
   * @param read returns a number, or one for each value of the metric's only label
   */
  readFrom(metric: ReadableName | DeclaredMetric<'counter' | 'gauge'>, read: Read): void {
    this.reads.set(this.known.nameOf(metric), read);
  }

  /** Everything in the text format of Prometheus, version 0.0.4. */
  async text(): Promise<string> {
    return this.registry.metrics();
  }

  private register(name: string, { type, help, labels }: MetricDefinition): void {
    const options = { name, help, labelNames: [...labels], registers: [this.registry] };
    if (type === 'histogram') {
      this.histograms.set(name, new Histogram({ ...options, buckets: BUCKETS }));
      return;
    }
    const label = labels[0];
    if (type === 'counter') {
      const counter = new Counter({
        ...options,
        collect: () =>
          this.collect(name, label, (value, of) => {
            counter.remove(of);
            if (!Number.isNaN(value)) counter.inc(of, value);
          }),
      });
      this.counters.set(name, counter);
      return;
    }
    const gauge: Gauge = new Gauge({
      ...options,
      collect: () => this.collect(name, label, (value, of) => gauge.set(of, value)),
    });
  }

  /** What cannot be read, or not in time, is not a number: one dead database must not hide all the rest. */
  private async collect(
    name: string,
    label: string | undefined,
    set: (value: number, labels: Record<string, string>) => void,
  ): Promise<void> {
    const read = this.reads.get(name);
    if (!read) return;
    const deadline = new AbortController();
    const reading = await Promise.race([
      Promise.resolve().then(read),
      sleep(READ_DEADLINE, undefined, { signal: deadline.signal }).then(() => NaN),
    ]).catch(() => NaN);
    deadline.abort();
    if (typeof reading === 'object') {
      for (const [value, number] of Object.entries(reading)) set(number, { [label!]: value });
    } else if (label === undefined) {
      set(reading, {});
    }
  }
}
