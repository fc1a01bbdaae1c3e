import type { Attack } from './attack.js';
import type { AttackedRoute } from './routes.js';
import { type AttackRequest, type Refusal, type Scene, segmentsOf } from './scene.js';

const NO_OBJECT: Refusal[] = [[404], [400], [422], [414]];

/** Ids that no object has. */
const IDS = [
  ..."x 0 -1 1e9 null ' * %25 %00 %0A %F0%9F%92%A5 ..%2f..%2fetc%2fpasswd".split(' '),
  'x'.repeat(90),
  '00000000-0000-4000-8000-00000000dead',
];

/** Attacks with the ids in an address, by a caller who may use the route. */
export function* idAttacks(scene: Scene, route: AttackedRoute): Generator<Omit<Attack, 'route'>> {
  if (!route.path.includes(':')) return;
  yield {
    name: 'answers malformed and unknown ids as ids of nothing',
    kind: 'malformed id',
    run: () => attackIds(scene, route),
  };
}

async function attackIds(scene: Scene, route: AttackedRoute): Promise<void> {
  const client = await scene.client(route);
  const address = await scene.address(route);
  const body = scene.body(route);
  const given = address.split('/').slice(1);
  const requests = segmentsOf(route.path).flatMap(([segment], i) =>
    segment.startsWith(':')
      ? IDS.map((id): AttackRequest => ({
          what: `${segment} = ${id}`,
          send: () => client.send(route.method, `/${given.with(i, id).join('/')}`, body),
        }))
      : [],
  );
  await scene.expectRefused(route, requests, NO_OBJECT);
}
