import type { HttpClient } from './http.js';

export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  example?: unknown;
}

interface Document {
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, Schema> };
}

interface OperationObject {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
}

/** An operation of the API, as its documentation describes it. */
export interface Operation {
  method: string;
  /** With the values for its parameters that the caller gave. */
  path: string;
  /** Names of the query. */
  query: string[];
  /** What its body may contain, as it is described. */
  properties: Record<string, Schema>;
  /** What its body may contain, with the examples of the documentation; undefined when it takes none. */
  body: Record<string, unknown> | undefined;
}

/** Every operation of an application that was started with SWAGGER=on. */
export async function operationsOf(http: HttpClient, id: string): Promise<Operation[]> {
  const { paths, components } = (await http.get<Document & object>('/docs/openapi.json')).body;
  const resolve = ({ $ref, ...schema }: Schema): Schema =>
    $ref ? resolve(components.schemas[$ref.split('/').at(-1)!]!) : schema;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => {
      const schema = requestBody && resolve(requestBody.content['application/json'].schema);
      return {
        method: method.toUpperCase(),
        path: path.replaceAll(/\{\w+\}/g, id),
        properties: Object.fromEntries(
          Object.entries(schema?.properties ?? {}).map(([name, one]) => [name, resolve(one)]),
        ),
        query: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
        body:
          schema &&
          Object.fromEntries(
            Object.entries(schema.properties ?? {}).map(([name, one]) => [
              name,
              resolve(one).example,
            ]),
          ),
      };
    }),
  );
}
