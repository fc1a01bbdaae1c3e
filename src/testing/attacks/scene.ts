import { PermissionCatalogue } from '../../permissions/permission-catalogue.js';
import { type Answer, type HttpClient, problem } from '../http-client.js';
import type { SignedIn } from '../sign-in.js';
import type { TestApp } from '../test-app.js';
import { AttackError, type AttackOptions } from './attack.js';
import type { AttackedRoute } from './routes.js';

/** An answer that an attack may get: a status, and a code of the problem document if it has to be one. */
export type Refusal = readonly [status: number, code?: string];

/** A request that an attack sends. */
export interface AttackRequest {
  /** What it is, for the message when it is let through. */
  what: string;
  send: () => Promise<Answer>;
}

/** The application under attack: who may use which route, on which object, with which body. */
export class Scene {
  private readonly callers = new Map<string, Promise<SignedIn>>();
  private readonly objects = new Map<string, Promise<string>>();

  constructor(
    readonly app: TestApp,
    private readonly options: AttackOptions,
  ) {}

  /** An account that satisfies everything the route asks for. `role` tells several of them apart. */
  async permitted(route: AttackedRoute, role = 'owner'): Promise<SignedIn> {
    const { permissions, anyPermission, roles } = route.access;
    const options = {
      permissions: [...permissions, ...anyPermission.map(([one]) => one!)],
      roles: roles.map(([one]) => one!),
    };
    return this.remembered(this.callers, `${role} ${JSON.stringify(options)}`, () =>
      this.app.signIn(options),
    );
  }

  /** A client of someone who may use the route: not signed in, where that is not asked for. */
  async client(route: AttackedRoute): Promise<HttpClient> {
    const isOpen = route.access.isPublic && !route.access.knowsCaller;
    return isOpen ? this.app.http : (await this.permitted(route)).http;
  }

  /** The address of the route, for an object that is there for all attacks, or is a new one. */
  async address(route: AttackedRoute, { isNew = false } = {}): Promise<string> {
    const owner = await this.permitted(route);
    let address = '';
    for (const [segment, path] of segmentsOf(route.path)) {
      if (!segment.startsWith(':')) {
        address += `/${segment}`;
        continue;
      }
      const make = this.options.objects?.[path];
      if (!make) {
        throw new AttackError(
          `${route.name} needs an object to attack. Make one in the options: objects: { '${path}': async (owner) => … }`,
        );
      }
      const value = isNew
        ? await make(owner)
        : await this.remembered(this.objects, `${path} ${owner.account.id}`, () => make(owner));
      address += `/${encodeURIComponent(value)}`;
    }
    return address || '/';
  }

  /** A body that the route accepts; undefined where it takes none. */
  body(route: AttackedRoute): Record<string, unknown> | undefined {
    if (!route.takesBody) return undefined;
    const given = this.options.bodies?.[route.name];
    const body = typeof given === 'function' ? (given as () => object)() : given;
    if (body) return body as Record<string, unknown>;
    const documented = Object.entries(route.example).filter(([, value]) => value !== undefined);
    if (documented.length > 0) return Object.fromEntries(documented);
    throw new AttackError(
      `${route.name} needs a body that it accepts. Give one in the options: bodies: { '${route.name}': { … } }`,
    );
  }

  /** Every permission that there is. */
  get allPermissions(): string[] {
    return this.app.nest.get(PermissionCatalogue, { strict: false }).codenames;
  }

  /**
   * Sends requests that have to be refused. Throws `AttackError` when one is answered in another way, or anything in the
   * database is not as it was.
   */
  async expectRefused(
    route: AttackedRoute,
    requests: AttackRequest[],
    refusals: readonly Refusal[],
  ): Promise<void> {
    const before = await this.fingerprint();
    for (const { what, send } of requests) {
      const answer = await send();
      if (!refusals.some((refusal) => matches(answer, refusal))) {
        const expected = refusals.map((refusal) => refusal.join(' ')).join(' or ');
        throw new AttackError(
          `${route.name} answered ${what} with ${answer.status}, not ${expected}: ${answer.text.slice(0, 500)}`,
        );
      }
    }
    const after = await this.fingerprint();
    const changed = [...after].filter(([table, sum]) => before.get(table) !== sum);
    if (changed.length === 0) return;
    throw new AttackError(
      `${route.name} refused ${requests.map(({ what }) => what).join(', ')}, but changed ${changed.map(([table]) => table).join(', ')}.`,
    );
  }

  /** That something was refused is recorded in any case. */
  private async fingerprint(): Promise<Map<string, string>> {
    const lines = await this.app.database.fingerprint('audit_events');
    return new Map(lines.split('\n').map((line) => line.split('=') as [string, string]));
  }

  private remembered<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>) {
    const found = known.get(key) ?? make();
    known.set(key, found);
    return found;
  }
}

/** The segments of a path, each with the path up to it. */
export function segmentsOf(path: string): [segment: string, path: string][] {
  const segments = path.split('/').filter((segment) => segment !== '');
  return segments.map((segment, i) => [segment, `/${segments.slice(0, i + 1).join('/')}`]);
}

function matches(answer: Answer, [status, code]: Refusal): boolean {
  if (answer.status !== status) return false;
  // Whatever it is refused with, it is a problem document.
  const { code: given } = problem(answer);
  return code === undefined || given === code;
}
