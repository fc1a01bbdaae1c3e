import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { newSession, register } from '../support/accounts.js';
import { sessionWith, superuserSession } from '../support/administrators.js';
import { type ApiRequest, operationsOf, requestsTo } from '../support/api-requests.js';
import { startApp, type TestApp } from '../support/app.js';

/** `npm run fuzz` sends 50,000. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 2_000);
const TIMEOUT = 60_000 + REQUESTS * 100;
/** What any request may run into before it reaches its operation. */
const ANYWHERE = new Set(['400', '413', '414', '415', '431']);

describe('the API, under requests that nobody foresaw [A15] [A91] [ASVS 4.1.1, 16.5.1]', () => {
  let app: TestApp;
  let document: OpenAPIObject;
  let ids: string[];
  const tokens = new Map<string, string>();
  const validators = new Map<string, ValidateFunction>();
  beforeAll(async () => {
    app = await startApp({ SWAGGER: 'on' });
    document = (await app.http.get('/docs/openapi.json')).body as unknown as OpenAPIObject;
    // Somebody has to stay when a superuser leaves.
    await superuserSession(app);
    const user = await register(app.http);
    const roles = await app.database.sql<{ id: string }>('SELECT id FROM roles');
    ids = [user.id, ...roles.map(({ id }) => id), user.username, 'admin'];
    compileResponses();
  });
  afterAll(() => app.close());

  /** Objects have the members that the document names, and no others; problems may have more. */
  const compileResponses = () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const schemas = structuredClone(document.components!.schemas) as Record<string, object>;
    for (const [name, schema] of Object.entries(schemas)) {
      if (name !== 'ProblemDto' && 'properties' in schema) {
        Object.assign(schema, { additionalProperties: false });
      }
    }
    ajv.addSchema({ $id: 'api', components: { schemas } });
    for (const { method, path, responses } of operationsOf(document)) {
      for (const [status, { content }] of Object.entries(responses)) {
        const json = Object.entries(content ?? {}).find(([type]) => type.endsWith('json'));
        const schema = json?.[1].schema;
        const text = schema && JSON.stringify(schema).replaceAll('"#/', '"api#/');
        if (text) validators.set(`${method} ${path} ${status}`, ajv.compile(JSON.parse(text)));
      }
    }
  };

  const tokenOf = async (caller: ApiRequest['caller']): Promise<string | undefined> => {
    if (caller === 'nobody') return undefined;
    if (caller === 'forger') return 'eyJhbGciOiJub25lIn0.e30.';
    if (!tokens.has(caller)) {
      const login = { user: () => newSession(app.http), superuser: () => superuserSession(app) };
      tokens.set(caller, (await login[caller]()).accessToken);
    }
    return tokens.get(caller);
  };

  const send = async ({ operation, caller, address, body, contentType }: ApiRequest) => {
    const { method, path, responses } = operation;
    const token = await tokenOf(caller);
    const response = await fetch(new URL(address, app.http.url), {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && contentType !== undefined && { 'content-type': contentType }),
      },
      ...(body !== undefined && method !== 'GET' && { body }),
    });
    const text = await response.text();
    // It may have signed itself out, or deleted itself.
    if (response.status === 401) tokens.delete(caller);
    const status = String(response.status);
    const isDocumented = status in responses || ANYWHERE.has(status);
    expect({ status, text, isDocumented, isOurs: response.status >= 500 }).toEqual({
      status,
      text,
      isDocumented: true,
      isOurs: false,
    });
    const validate = validators.get(`${method} ${path} ${status}`);
    if (validate && !validate(JSON.parse(text))) {
      throw new Error(`${text} is not as documented: ${JSON.stringify(validate.errors)}`);
    }
  };

  it(
    `answers ${REQUESTS} of them as it documents, and none with a failure of its own`,
    async () => {
      await fc.assert(fc.asyncProperty(requestsTo(document, ids), send), {
        numRuns: REQUESTS,
        ...(process.env.FUZZ_SEED !== undefined && { seed: Number(process.env.FUZZ_SEED) }),
      });
      expect(tokens.size).toBeGreaterThan(0);
      // It is in working order afterwards.
      expect((await app.http.get('/health/ready')).status).toBe(200);
      const { http } = await sessionWith(app, ['users.view']);
      expect((await http.get('/api/users')).status).toBe(200);
    },
    TIMEOUT,
  );
});
