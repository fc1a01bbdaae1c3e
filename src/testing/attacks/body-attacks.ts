import type { Attack } from './attack.js';
import type { AttackedRoute } from './routes.js';
import type { AttackRequest, Refusal, Scene } from './scene.js';

const INVALID: Refusal[] = [[422, 'validation_failed']];
const MALFORMED: Refusal[] = [[400, 'malformed_request']];
const JSON_TYPE = { 'content-type': 'application/json' };

/** What a client must not be able to set, by the names that it has in most products. */
const UNKNOWN = (
  'x id userId owner ownerId authorId createdAt role roles permissions isAdmin isSuperuser isPublished ' +
  'constructor toString'
).split(' ');
const OTHER_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'text/json',
  'application/json; charset=utf-16',
];
/** Values of each type. Null is left out: it may be a value. */
const VALUES: Record<string, unknown[]> = {
  string: ['x'],
  number: [7],
  boolean: [true],
  list: [['x'], []],
  object: [{ $ne: null }, { length: 1 }],
};
const MANY = 20_000;

/** Attacks with the body, by a caller who may use the route. */
export function* bodyAttacks(scene: Scene, route: AttackedRoute): Generator<Omit<Attack, 'route'>> {
  if (!route.takesBody) return;
  /** Each of these bodies instead of the right one. */
  const refuses = async (
    bodies: { what: string; body: unknown; headers?: Record<string, string> }[],
    refusals: Refusal[],
  ) => {
    const client = await scene.client(route);
    const address = await scene.address(route);
    const requests = bodies.map(({ what, body, headers }): AttackRequest => ({
      what,
      send: () => client.send(route.method, address, body, headers),
    }));
    await scene.expectRefused(route, requests, refusals);
  };
  /** The right body with another value of one property. */
  const withEach = (
    filter: (value: unknown) => boolean,
    values: (value: unknown) => unknown[],
  ): { what: string; body: Record<string, unknown> }[] => {
    const body = scene.body(route)!;
    return Object.entries(body)
      .filter(([, value]) => filter(value))
      .flatMap(([name, value]) =>
        values(value).map((other) => ({
          what: `${name}: ${JSON.stringify(other).slice(0, 60)}`,
          body: { ...body, [name]: other },
        })),
      );
  };

  yield {
    name: 'refuses a body that is no JSON object',
    kind: 'body',
    async run() {
      const texts = ['{', '{"a":1,}', 'x', '[]', 'null', '"x"', '1', '[{}]'];
      const bodies = texts.map((body) => ({ what: body, body, headers: JSON_TYPE }));
      await refuses(bodies, [...MALFORMED, ...INVALID]);
      const poison = '{"__proto__":{"x":1}}';
      await refuses([{ what: poison, body: poison, headers: JSON_TYPE }], MALFORMED);
    },
  };
  yield {
    name: 'refuses other content types',
    kind: 'body',
    run: () => {
      const body = JSON.stringify(scene.body(route));
      const others = OTHER_TYPES.map((type) => ({
        what: type,
        body,
        headers: { 'content-type': type },
      }));
      return refuses(others, [[415, 'unsupported_media_type']]);
    },
  };
  yield {
    name: `refuses a body above ${route.bodyLimit} bytes`,
    kind: 'size',
    run: () => {
      const body = { ...scene.body(route), filler: 'x'.repeat(route.bodyLimit) };
      return refuses([{ what: 'a large body', body }], [[413, 'payload_too_large']]);
    },
  };
  yield {
    name: 'refuses a value of another type in each property',
    kind: 'wrong type',
    run: () =>
      refuses(
        withEach(() => true, otherTypesThan),
        INVALID,
      ),
  };
  yield {
    name: 'refuses properties that it does not know',
    kind: 'unknown property',
    run: () => {
      const body = scene.body(route)!;
      const unknown = UNKNOWN.filter(
        (name) => !Object.hasOwn(body, name) && !Object.hasOwn(route.properties, name),
      );
      const bodies = unknown.map((name) => ({
        what: `the property "${name}"`,
        body: { ...body, [name]: 'x' },
      }));
      return refuses(bodies, INVALID);
    },
  };
  yield {
    name: 'refuses text with NUL or half a surrogate pair',
    kind: 'text',
    async run() {
      await refuses(
        withEach(isText, (value) => [`${String(value)}\0`]),
        [...INVALID, ...MALFORMED],
      );
      const halves = withEach(isText, () => ['\uD800', 'x\uDC00']);
      await refuses(
        halves.map(({ what, body }) => ({ what, body: JSON.stringify(body), headers: JSON_TYPE })),
        MALFORMED,
      );
    },
  };
  yield {
    name: 'refuses text and lists that are very long',
    kind: 'size',
    async run() {
      const room = route.bodyLimit - JSON.stringify(scene.body(route)).length - 100;
      await refuses(
        withEach(isText, () => ['x'.repeat(room)]),
        INVALID,
      );
      const count = Math.min(MANY, Math.floor(room / 20));
      const long = ([first = 'x']: unknown[]) => Array.from({ length: count }, () => first);
      await refuses(
        withEach(Array.isArray, (value) => [long(value as unknown[])]),
        INVALID,
      );
    },
  };
}

/** Values that are of another type, and lists whose elements are. */
function otherTypesThan(value: unknown): unknown[] {
  const others = Object.entries(VALUES).flatMap(([type, values]) =>
    type === typeOf(value) ? [] : values,
  );
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  return first === undefined ? others : [...others, ...otherTypesThan(first).map((one) => [one])];
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : typeof value;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
