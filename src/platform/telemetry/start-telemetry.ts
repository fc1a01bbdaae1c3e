import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../../common/operator-error.js';
import type { AppConfig } from '../config/app-config.js';

/** Installed by whoever wants traces: they are large. */
const PACKAGES = {
  sdk: '@opentelemetry/sdk-node',
  http: '@opentelemetry/instrumentation-http',
  pg: '@opentelemetry/instrumentation-pg',
} as const;
const FLUSH_DEADLINE = 5_000;

/** What we use of a span. */
interface Span {
  updateName(name: string): void;
  setAttribute(name: string, value: string): void;
}

interface Sdk {
  start(): void;
  shutdown(): Promise<void>;
}

const routes = new WeakMap<IncomingMessage, string>();

/** Says which route a request found, for the name of its span. */
export function noteRoute(request: IncomingMessage, route: string | undefined): void {
  if (route !== undefined) routes.set(request, route);
}

/**
 * Sends traces of requests and SQL statements where OpenTelemetry's own variables say, if one of them is set. Has
 * to be called before the server is made. Returns what sends the rest of them. Throws `OperatorError` when a
 * package is not installed.
 */
export async function startTelemetry({ tracing }: AppConfig): Promise<() => Promise<void>> {
  if (!tracing) return () => Promise.resolve();
  const { NodeSDK } = await load<{ NodeSDK: new (options: object) => Sdk }>(PACKAGES.sdk);
  const { HttpInstrumentation } = await load<{
    HttpInstrumentation: new (options: object) => object;
  }>(PACKAGES.http);
  const { PgInstrumentation } = await load<{ PgInstrumentation: new () => object }>(PACKAGES.pg);
  const sdk = new NodeSDK({
    instrumentations: [
      new HttpInstrumentation({ applyCustomAttributesOnSpan: describe }),
      // Statements hold placeholders; values are not recorded.
      new PgInstrumentation(),
    ],
  });
  sdk.start();
  // Both are loaded already; being required once more is when they are instrumented.
  const require = createRequire(import.meta.url);
  for (const name of ['node:http', 'pg']) require(name);
  return async () => {
    await Promise.race([sdk.shutdown().catch(() => undefined), sleep(FLUSH_DEADLINE)]);
  };
}

async function load<T>(name: string): Promise<T> {
  try {
    return (await import(name)) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new OperatorError(
      `OpenTelemetry's variables are set, but the package ${name} is not installed. docs/operations.md says which to install.`,
      { cause },
    );
  }
}

/** Names a span after the route, and takes the address away: links in mails carry tokens (ASVS 14.2.1). */
function describe(span: Span, request: IncomingMessage): void {
  const route = routes.get(request) ?? '(no route)';
  span.updateName(`${request.method} ${route}`);
  span.setAttribute('http.route', route);
  for (const name of ['http.url', 'http.target', 'url.path', 'url.full']) {
    span.setAttribute(name, route);
  }
  span.setAttribute('url.query', '');
}
