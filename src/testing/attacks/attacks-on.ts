import type { TestApp } from '../test-app.js';
import { type Attack, AttackError, type AttackOptions } from './attack.js';
import { callerAttacks } from './caller-attacks.js';
import { bodyAttacks } from './body-attacks.js';
import { idAttacks } from './id-attacks.js';
import { rightRequests } from './right-requests.js';
import { type AttackedRoute, routesOfProduct } from './routes.js';
import { Scene, segmentsOf } from './scene.js';

/** Throws `AttackError` when an option names a route or a path that there is not. */
export function attacksOn(app: TestApp, options: AttackOptions): Attack[] {
  const routes = routesOfProduct(app.nest);
  assertKnown(routes, options);
  const scene = new Scene(app, options);
  return routes.flatMap((route) =>
    [
      ...rightRequests(scene, route),
      ...callerAttacks(scene, route, options),
      ...idAttacks(scene, route),
      ...bodyAttacks(scene, route),
    ].map(({ name, kind, run }) => ({
      name: `${route.name}: ${name}`,
      route: route.name,
      kind,
      run: async () => run(),
    })),
  );
}

function assertKnown(
  routes: AttackedRoute[],
  { objects = {}, bodies = {}, shared = [] }: AttackOptions,
): void {
  const names = new Set(routes.map(({ name }) => name));
  const paths = new Set(routes.flatMap(({ path }) => segmentsOf(path).map(([, upToIt]) => upToIt)));
  const unknown = [
    ...[...Object.keys(bodies), ...shared].filter((name) => !names.has(name)),
    ...Object.keys(objects).filter((path) => !(path.includes(':') && paths.has(path))),
  ];
  if (unknown.length === 0) return;
  throw new AttackError(`No route of the product is ${unknown.join(', ')}.`);
}
