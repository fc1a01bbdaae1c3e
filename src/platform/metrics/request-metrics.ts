import type { LabelsOf } from './metric-catalogue.js';
import type { Metrics } from './metrics.service.js';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** What of a finished request is measured. */
interface Finished {
  method: string | undefined;
  route: string | undefined;
  status: number;
  milliseconds: number;
}

/** Measures a request under labels of which there are few: senders choose the method, and what is no route. */
export function measureRequest(
  metrics: Metrics,
  { method, route, status, milliseconds }: Finished,
): void {
  const labels: LabelsOf<'gatehouse_http_request_duration_seconds'> = {
    method: method !== undefined && METHODS.has(method) ? method : 'other',
    route: route ?? 'none',
    status: `${Math.trunc(status / 100)}xx`,
  };
  metrics.observe('gatehouse_http_request_duration_seconds', labels, milliseconds / 1000);
}
