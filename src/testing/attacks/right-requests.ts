import { type Attack, AttackError } from './attack.js';
import type { AttackedRoute } from './routes.js';
import type { Scene } from './scene.js';

const PARALLEL = 14;

/** Attacks with requests that are right. */
export function* rightRequests(
  scene: Scene,
  route: AttackedRoute,
): Generator<Omit<Attack, 'route'>> {
  const send = async (count: number) => {
    const client = await scene.client(route);
    const address = await scene.address(route, { isNew: true });
    const body = scene.body(route);
    return Promise.all(
      Array.from({ length: count }, () => client.send(route.method, address, body)),
    );
  };
  yield {
    // Without this, every other attack might be refused for another reason.
    name: 'accepts the request that all attacks begin with',
    kind: 'sample',
    async run() {
      const [answer] = await send(1);
      if (answer!.status < 400) return;
      throw new AttackError(
        `${route.name} answered ${answer!.status}: ${answer!.text.slice(0, 500)} Give attacks a body and objects that it accepts.`,
      );
    },
  };
  yield {
    name: `answers ${PARALLEL} equal requests at once`,
    kind: 'parallel',
    async run() {
      const failed = (await send(PARALLEL)).find(({ status }) => status >= 500);
      if (!failed) return;
      throw new AttackError(
        `${route.name} answered one of ${PARALLEL} with ${failed.status}: ${failed.text.slice(0, 500)}`,
      );
    },
  };
}
