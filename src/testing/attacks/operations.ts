import type { OpenAPIObject } from '@nestjs/swagger';

/** What OpenAPI says of a value. */
export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  example?: unknown;
}

interface OperationObject {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
}

/** An operation of the API, as its documentation describes it. */
export interface Operation {
  method: string;
  /** As OpenAPI writes it: `/api/articles/{id}`. */
  path: string;
  /** Names of the query. */
  query: string[];
  /** What its body may contain, as it is described. */
  properties: Record<string, Schema>;
  /** What its body may contain, with the examples of the documentation; undefined when it takes none. */
  body: Record<string, unknown> | undefined;
}

/** Every operation of a document, with references resolved. */
export function operationsIn(document: OpenAPIObject): Operation[] {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  const resolve = ({ $ref, ...schema }: Schema): Schema =>
    $ref ? resolve(schemas[$ref.split('/').at(-1)!]!) : schema;
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, OperationObject>).map(
      ([method, { parameters = [], requestBody }]) => {
        const properties = resolve(
          requestBody?.content['application/json']?.schema ?? {},
        ).properties;
        const described = Object.entries(properties ?? {}).map(
          ([name, one]) => [name, resolve(one)] as const,
        );
        return {
          method: method.toUpperCase(),
          path,
          query: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
          properties: Object.fromEntries(described),
          body:
            requestBody && Object.fromEntries(described.map(([name, one]) => [name, one.example])),
        };
      },
    ),
  );
}
