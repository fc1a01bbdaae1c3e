/** What is measured, for Prometheus. Every label has few values, whatever visitors send. */
export interface MetricDefinition {
  type: 'counter' | 'gauge' | 'histogram';
  labels: readonly string[];
  help: string;
}

/** Everything that `/metrics` shows, beside prom-client's own of the process. docs/operations.md is this table. */
export const METRICS = {
  gatehouse_build_info: {
    type: 'gauge',
    labels: ['version'],
    help: 'Always 1, with the version that runs',
  },
  gatehouse_http_request_duration_seconds: {
    type: 'histogram',
    labels: ['method', 'route', 'status'],
    help: 'Requests by method, route template and class of the status',
  },
  gatehouse_sign_ins_total: {
    type: 'counter',
    labels: ['result'],
    help: 'Sign-ins: success, or the code of the problem that ended it',
  },
  gatehouse_limit_reached_total: {
    type: 'counter',
    labels: ['limit'],
    help: 'Requests that were refused by a limit',
  },
  gatehouse_hash_queue_running: {
    type: 'gauge',
    labels: [],
    help: 'Password hashes being computed',
  },
  gatehouse_hash_queue_waiting: {
    type: 'gauge',
    labels: [],
    help: 'Password hashes that wait for their turn',
  },
  gatehouse_hash_queue_refused_total: {
    type: 'counter',
    labels: [],
    help: 'Password hashes that were refused because too many waited',
  },
  gatehouse_principal_lookups_total: {
    type: 'counter',
    labels: ['source'],
    help: 'Sessions turned into principals, from memory or from the database',
  },
  gatehouse_principal_cache_entries: {
    type: 'gauge',
    labels: [],
    help: 'Sessions whose principal is in memory',
  },
  gatehouse_change_feed_live: {
    type: 'gauge',
    labels: [],
    help: '1 while changes are heard of; 0: every request reads the database',
  },
  gatehouse_database_connections: {
    type: 'gauge',
    labels: ['state'],
    help: 'Connections of the pool: idle and busy ones, and requests waiting for one',
  },
  gatehouse_mails: {
    type: 'gauge',
    labels: ['state'],
    help: 'Mails that wait to be handed over, and mails that were given up; the same on every instance',
  },
  gatehouse_mail_oldest_waiting_seconds: {
    type: 'gauge',
    labels: [],
    help: 'How long the oldest waiting mail has waited; the same on every instance',
  },
  gatehouse_mail_attempts_total: {
    type: 'counter',
    labels: ['result'],
    help: 'Mails handed over: sent, deferred or given_up',
  },
  gatehouse_audit_chain_breaks_total: {
    type: 'counter',
    labels: [],
    help: 'Times the audit chain was not as the application had left it',
  },
} as const satisfies Record<string, MetricDefinition>;

type Catalogue = typeof METRICS;
type OfType<T> = {
  [N in keyof Catalogue]: Catalogue[N]['type'] extends T ? N : never;
}[keyof Catalogue];

export type CounterName = OfType<'counter'>;
export type HistogramName = OfType<'histogram'>;
/** What can be read off when somebody asks. */
export type ReadableName = OfType<'counter' | 'gauge'>;

/** A value for every label of a metric. */
export type LabelsOf<Name extends keyof Catalogue> = Record<
  Catalogue[Name]['labels'][number],
  string
>;
