import type { ShownProvider } from './identity-providers.service.js';

/** What providers are called, by issuer; of several with one issuer the first. */
export function labelsByIssuer(
  providers: readonly ShownProvider[],
): Map<string, { name: string; label: string }> {
  return new Map(
    providers.toReversed().map(({ issuer, name, label }) => [issuer, { name, label }]),
  );
}
