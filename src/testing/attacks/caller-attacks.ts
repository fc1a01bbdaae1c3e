import { setTimeout as sleep } from 'node:timers/promises';
import { AppConfig } from '../../platform/config/app-config.js';
import type { SignedIn } from '../sign-in.js';
import type { Attack, AttackOptions } from './attack.js';
import type { AttackedRoute } from './routes.js';
import type { Refusal, Scene } from './scene.js';

const MINUTE = 60_000;
const PAUSE = 10;
const ATTEMPTS = 300;
const DENIED: Refusal[] = [[403, 'permission_denied']];
const DEAD: Refusal[] = [[401, 'invalid_token']];
const HIDDEN: Refusal[] = [[404], [403]];

/** Attacks of callers who may not use a route, with everything else as it should be. */
export function* callerAttacks(
  scene: Scene,
  route: AttackedRoute,
  { shared = [] }: AttackOptions,
): Generator<Omit<Attack, 'route'>> {
  const { isPublic, knowsCaller, permissions, anyPermission, roles, recentLogin } = route.access;
  const refuses = async (what: string, caller: Pick<SignedIn, 'http'>, refusals: Refusal[]) => {
    const address = await scene.address(route);
    const body = scene.body(route);
    const send = () => caller.http.send(route.method, address, body);
    await scene.expectRefused(route, [{ what, send }], refusals);
  };

  if (!isPublic) {
    yield {
      name: 'refuses a caller who is not signed in',
      kind: 'anonymous',
      run: () =>
        refuses('a caller who is not signed in', scene.app, [[401, 'authentication_required']]),
    };
  }
  if (!isPublic || knowsCaller) {
    for (const [what, end] of Object.entries(DEATHS)) {
      yield {
        name: `refuses ${what}`,
        kind: 'dead credential',
        run: async () => refuses(what, await end(scene, route), DEAD),
      };
    }
  }
  const demands: { what: string; lacks: string[]; role: string[] | undefined }[] = [
    ...permissions.map((one) => ({ what: one, lacks: [one], role: undefined })),
    ...anyPermission.map((list) => ({ what: list.join(' or '), lacks: list, role: undefined })),
    ...roles.map((list) => ({ what: `role ${list.join(' or ')}`, lacks: [], role: list })),
  ];
  for (const { what, lacks, role } of demands) {
    yield {
      name: `refuses a plain user, and one with everything but ${what}`,
      kind: 'missing power',
      async run() {
        await refuses('a plain user', await scene.app.signIn(), DENIED);
        const others = await scene.app.signIn({
          permissions: scene.allPermissions.filter((one) => !lacks.includes(one)),
          roles: roles.filter((list) => list !== role).map(([one]) => one!),
        });
        await refuses(`a user with everything but ${what}`, others, DENIED);
      },
    };
  }
  if (recentLogin !== undefined) {
    yield {
      name: `refuses a user who signed in more than ${recentLogin} minutes ago`,
      kind: 'old sign-in',
      async run() {
        const authenticatedAt = new Date(Date.now() - (recentLogin + 1) * MINUTE);
        const { account } = await scene.permitted(route);
        const old = await scene.app.signIn({
          username: account.username ?? account.email,
          authenticatedAt,
        });
        await refuses('an old sign-in', old, [[403, 'recent_login_required']]);
      },
    };
  }
  if (!isPublic && route.path.includes(':') && !shared.includes(route.name)) {
    yield {
      name: 'hides the objects of one user from another one',
      kind: 'other owner',
      run: async () => refuses('another user', await scene.permitted(route, 'stranger'), HIDDEN),
    };
  }
}

/** Credentials of a user who may, after their end. */
const DEATHS: Record<string, (scene: Scene, route: AttackedRoute) => Promise<SignedIn>> = {
  async 'an expired access token'(scene, route) {
    const { account } = await scene.permitted(route);
    const { accessTokenTtl } = scene.app.nest.get(AppConfig);
    const past = accessTokenTtl + MINUTE;
    scene.app.clock.advance(-past);
    try {
      return await scene.app.signIn({ username: account.username ?? account.email });
    } finally {
      scene.app.clock.advance(past);
    }
  },
  async 'the token of a session that was signed out'(scene, route) {
    const { account } = await scene.permitted(route);
    const caller = await scene.app.signIn({ username: account.username ?? account.email });
    await caller.http.post('/api/auth/logout');
    return caller;
  },
  async 'the token of an account that was deactivated'(scene, route) {
    const caller = await scene.permitted(route, 'deactivated');
    const text = 'UPDATE users SET is_active = false WHERE id = $1';
    await scene.app.database.sql(text, [caller.account.id]);
    // By the database alone: the application learns it within milliseconds.
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if ((await caller.http.get('/api/auth/session')).status !== 200) break;
      await sleep(PAUSE);
    }
    return caller;
  },
};
