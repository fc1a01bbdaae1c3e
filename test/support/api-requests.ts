import fc from 'fast-check';
import type { OpenAPIObject } from '@nestjs/swagger';

interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  example?: unknown;
  enum?: unknown[];
  type?: string;
}
interface Operation {
  parameters?: { name: string; in: string; schema?: Schema; example?: unknown }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

/** An operation of an OpenAPI document. */
export interface ApiOperation extends Operation {
  method: string;
  path: string;
}

/** A request that an operation may be sent by whoever means well, ill, or nothing at all. */
export interface ApiRequest {
  operation: ApiOperation;
  caller: 'nobody' | 'user' | 'superuser' | 'forger';
  address: string;
  body: string | undefined;
  contentType: string | undefined;
}

const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  'null',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  `' OR 1=1 --`,
  '%00',
  '\uD800',
  '\u202E\uFEFF',
  'x'.repeat(3000),
  '9'.repeat(400),
  '1e999',
];

const TEXTUAL = fc.oneof(
  fc.constantFrom(...ODD_TEXTS),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const ODD: fc.Arbitrary<unknown> = fc.oneof(
  TEXTUAL,
  fc.jsonValue(),
  fc.integer(),
  fc.double(),
  fc.constant(null),
);
const WORD = fc.stringMatching(/^[a-z]{3,12}$/);

/** Every operation of a document. */
export function operationsOf(document: OpenAPIObject): ApiOperation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  );
}

/** Requests to the operations of a document, with ids that exist among those that do not. */
export function requestsTo(document: OpenAPIObject, ids: string[]): fc.Arbitrary<ApiRequest> {
  // Built once: that takes longer than to send a request.
  const requests = operationsOf(document).map((operation) =>
    fc.record<ApiRequest>({
      operation: fc.constant(operation),
      caller: fc.constantFrom('nobody', 'user', 'superuser', 'superuser', 'forger'),
      address: addressOf(operation, ids),
      body: bodyOf(operation, document, ids),
      contentType: fc.oneof(
        { weight: 12, arbitrary: fc.constant('application/json') },
        fc.constantFrom('text/plain', 'application/x-www-form-urlencoded', 'a', undefined),
      ),
    }),
  );
  return fc.oneof(...requests);
}

function addressOf({ path, parameters = [] }: ApiOperation, ids: string[]) {
  const queries = parameters.filter((one) => one.in === 'query');
  const segment = fc.oneof(fc.constantFrom(...ids), fc.uuid(), TEXTUAL);
  const pairs = queries.map(({ name, schema, example }) =>
    fc.option(
      fc.oneof(plausible({ ...schema, example }, ids), TEXTUAL).map((value) => [name, value]),
    ),
  );
  const extra = fc.option(fc.tuple(TEXTUAL, TEXTUAL), { freq: 20 });
  return fc.tuple(segment, fc.tuple(...pairs), extra).map(([id, given, more]) => {
    const query = [...given, more]
      .filter((pair) => pair !== null)
      .map((pair) => pair.map((part) => escaped(textOf(part))).join('='));
    const address = path.replaceAll(/\{\w+\}/g, () => escaped(textOf(id)) || '-');
    return query.length > 0 ? `${address}?${query.join('&')}` : address;
  });
}

function bodyOf({ requestBody }: ApiOperation, document: OpenAPIObject, ids: string[]) {
  const schema = requestBody?.content['application/json']?.schema;
  const properties = schema ? resolve(schema, document).properties : undefined;
  if (!properties) return fc.option(fc.json(), { nil: undefined, freq: 10 });
  const fields = Object.entries(properties).map(([name, property]) =>
    fc.oneof(
      { weight: 5, arbitrary: plausible(property, ids).map((value) => [name, value]) },
      { weight: 2, arbitrary: ODD.map((value) => [name, value]) },
      { weight: 1, arbitrary: fc.constant(undefined) },
    ),
  );
  const extra = fc.option(fc.tuple(TEXTUAL, ODD), { nil: undefined, freq: 15 });
  const object = fc
    .tuple(fc.tuple(...fields), extra)
    .map(([given, more]) => [...given, more].filter((pair) => pair !== undefined))
    .map((pairs) => JSON.stringify(Object.fromEntries(pairs as [string, unknown][])));
  return fc.oneof(
    { weight: 8, arbitrary: object },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** What somebody may well mean: what the document gives as example. */
function plausible(schema: Schema, ids: string[]): fc.Arbitrary<unknown> {
  const examples = [schema.example, ...(schema.enum ?? [])].filter((one) => one !== undefined);
  const typed = {
    boolean: fc.boolean(),
    integer: fc.integer({ min: 1, max: 100 }),
    array: fc.array(fc.constantFrom('admin', 'users.view', 'roles.view'), { maxLength: 3 }),
  }[schema.type ?? ''];
  const others: fc.Arbitrary<unknown>[] = [
    ...(examples.length > 0 ? [fc.constantFrom(...examples)] : []),
    ...(typed ? [typed] : []),
  ];
  if (others.length > 0) return fc.oneof(...others);
  return fc.oneof(fc.constantFrom(...ids), WORD);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}

function escaped(text: string): string {
  // What is no Unicode becomes some; a dot or two would be another address.
  const unicode = Buffer.from(text).toString();
  return /^\.{1,2}$/.test(unicode) ? '-' : encodeURIComponent(unicode);
}

function resolve(schema: Schema, document: OpenAPIObject): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : (document.components!.schemas![name] as Schema);
}
