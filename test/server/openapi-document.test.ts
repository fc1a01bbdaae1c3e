import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import SwaggerParser from '@apidevtools/swagger-parser';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { FINDINGS } from '../../src/http/finding-catalogue.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { type HttpClient, problem } from '../support/http.js';
import { type Operation, operationsOf, type Schema } from '../support/openapi.js';
import { ROOT } from '../support/process.js';

const SOMEONE = '00000000-0000-4000-8000-000000000001';
const SEED = `
  INSERT INTO roles (id, name) VALUES ('${SOMEONE}', 'some role');
  INSERT INTO users (id, username, username_key, email, email_key, password_hash)
  VALUES ('${SOMEONE}', 'target', 'target', 'target@example.com', 'target@example.com', '!')`;

/** One grapheme, two code points: what PostgreSQL and OpenAPI count, and class-validator does not. */
const EMOJI = ['☺️', '❤️'];
const WRONG_VALUES = [null, '', true, [], ['x', 'x'], '☺️'];
const WRONG_QUERIES = ['', 'x', '0', '9999', '2026-02-30T00:00:00Z', 'a'.repeat(2_000)];

describe('the OpenAPI document', () => {
  let app: TestApp;
  let http: HttpClient;
  let document: OpenAPIObject;
  let operations: Operation[];
  beforeAll(async () => {
    app = await startApp({ SWAGGER: 'on' }, [], SEED);
    ({ http } = await superuserSession(app));
    document = (await app.http.get<OpenAPIObject & object>('/docs/openapi.json')).body;
    // It would sign the sweep out.
    operations = (await operationsOf(http, SOMEONE)).filter(
      ({ path }) => path !== '/api/auth/logout',
    );
  });
  afterAll(() => app.close());

  /** Every schema of the document, however deep. */
  const schemasIn = (value: unknown): (Schema & Record<string, unknown>)[] => {
    if (typeof value !== 'object' || value === null) return [];
    const inner = Object.values(value).flatMap(schemasIn);
    return 'type' in value ? [value as Schema & Record<string, unknown>, ...inner] : inner;
  };

  it('is valid, and says where the API is and under which licence', async () => {
    await expect(SwaggerParser.validate(structuredClone(document) as never)).resolves.toBeDefined();
    expect(document.servers).toEqual([{ url: 'http://localhost:3000' }]);
    expect(document.info.license).toEqual(expect.objectContaining({ name: 'MIT' }));
  });

  it('states the format of every id, time and address in an answer', async () => {
    const FORMATS = {
      uuid: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/,
      'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
      email: /^[^\s@]+@[^\s@]+\.\w+$/,
    };
    type Shape = Schema & { $ref?: string; format?: string; allOf?: Shape[] };
    const unstated: string[] = [];
    let stated = 0;
    const look = (value: unknown, given: Shape | undefined, at: string) => {
      const name = (given?.$ref ?? given?.allOf?.[0]?.$ref)?.split('/').at(-1);
      const schema = (name ? document.components!.schemas![name] : given) as Shape | undefined;
      if (Array.isArray(value)) value.forEach((one) => look(one, schema?.items, at));
      else if (typeof value === 'object' && value !== null) {
        // Values of any kind, by name.
        if (schema && 'additionalProperties' in schema) return;
        for (const [key, one] of Object.entries(value)) {
          look(one, schema?.properties?.[key], `${name ?? at}.${key}`);
        }
      } else {
        const format = Object.entries(FORMATS).find(([, form]) => form.test(String(value)))?.[0];
        if (format === undefined) return;
        if (schema?.format === format) stated++;
        else unstated.push(`${at} ${format}`);
      }
    };
    for (const path of ['users/me', 'auth/session', 'account/sessions', 'users', 'audit-events']) {
      const { content } = document.paths[`/api/${path}`]!.get!.responses['200'] as {
        content: Record<string, { schema: Shape }>;
      };
      const { body } = await http.get(`/api/${path}`);
      look(body, content['application/json']!.schema, path);
    }
    expect(stated).toBeGreaterThan(20);
    // What an event is about has an id of any kind.
    expect([...new Set(unstated)]).toEqual(['AuditSubjectDto.id uuid']);
  });

  it('has titles without Markdown, descriptions of all answers, and the example of the tour', () => {
    const operationsOfDocument = Object.values(document.paths).flatMap(
      (item) => Object.values(item) as { summary: string; responses: Record<string, object> }[],
    );
    for (const { summary, responses } of operationsOfDocument) {
      expect(summary).toMatch(/^[^`*]+[^`*.]$/);
      for (const response of Object.values(responses)) {
        expect(response).toMatchObject({ description: expect.stringMatching(/./) });
      }
    }
    const { RegisterDto } = document.components!.schemas as Record<string, Schema>;
    const tour = readFileSync(join(ROOT, 'docs/tour.md'), 'utf8');
    const example = Object.fromEntries(
      Object.entries(RegisterDto!.properties!).map(([key, one]) => [
        key,
        (one as { example?: string }).example,
      ]),
    );
    expect(tour).toContain(JSON.stringify(example));
  });

  it('has only patterns that every dialect reads, and examples that match them', () => {
    const schemas = schemasIn(document);
    expect(schemas.length).toBeGreaterThan(100);
    for (const { pattern, example } of schemas as { pattern?: string; example?: string }[]) {
      if (pattern === undefined) continue;
      // OpenAPI 3.0 has the dialect of ECMA-262 edition 5.1: no flags, no Unicode properties, no lookbehind.
      expect(pattern).not.toMatch(/\\p|\(\?<|\\u\{/);
      if (example !== undefined) expect(example).toMatch(new RegExp(pattern));
    }
  });

  it('gives no example of a filter: Swagger UI would send it with the first "Execute"', () => {
    const parameters = Object.values(document.paths)
      .flatMap((item) => Object.values(item) as { parameters?: object[] }[])
      .flatMap(({ parameters = [] }) => parameters) as {
      in: string;
      required?: boolean;
      example?: unknown;
      schema: { example?: unknown; examples?: unknown };
    }[];
    const queries = parameters.filter((one) => one.in === 'query' && !one.required);
    expect(queries.length).toBeGreaterThan(10);
    for (const { example, schema } of queries) {
      expect([example, schema.example, schema.examples]).toEqual([undefined, undefined, undefined]);
    }
  });

  it('says how long each text of a request may be, in the unit in which it is checked and stored', async () => {
    let tried = 0;
    for (const { method, path, body, properties } of operations) {
      for (const [field, schema] of Object.entries(properties)) {
        const text = schema.type === 'array' ? schema.items! : schema;
        if (text.type !== 'string' || text.enum || text.format === 'uuid') continue;
        const { maxLength } = text as { maxLength?: number };
        expect({ method, path, field, maxLength }).toEqual({
          method,
          path,
          field,
          maxLength: expect.any(Number),
        });
        for (const emoji of EMOJI) {
          for (const long of ['a'.repeat(maxLength! - 1) + emoji, emoji.repeat(maxLength!)]) {
            if (long.length > 20_000) continue;
            const value = schema.type === 'array' ? [long] : long;
            const answer = await http.send(method, path, { ...body, [field]: value });
            expect({ path, field, status: answer.status }).toEqual({ path, field, status: 422 });
            // A rule with a pattern of its own has the length in it.
            expect(problem(answer).errors).toContainEqual({
              field,
              code: expect.stringMatching(/^((password_)?too_long|invalid_format)$/),
              message: expect.any(String),
            });
            tried++;
          }
        }
      }
    }
    expect(tried).toBeGreaterThan(50);
  });

  it('is answered with finding codes of the catalogue only, one for each thing that is wrong', async () => {
    const seen = new Set<string>();
    const look = (answer: Parameters<typeof problem>[0]) => {
      expect(answer.status).toBeLessThan(500);
      if (answer.status !== 422) return;
      const findings = problem(answer).errors.map(({ field, code }) => `${field} ${code}`);
      expect(findings).toEqual([...new Set(findings)]);
      for (const { code } of problem(answer).errors) seen.add(code);
    };
    for (const { method, path, body, properties, query } of operations) {
      for (const field of Object.keys(properties)) {
        for (const value of WRONG_VALUES) {
          const answer = await http.send(method, path, { ...body, [field]: value });
          look(answer);
        }
      }
      for (const name of method === 'GET' ? query : []) {
        for (const value of WRONG_QUERIES) {
          look(await http.get(`${path}?${name}=${encodeURIComponent(value)}`));
        }
      }
    }
    expect([...seen].filter((code) => !(code in FINDINGS))).toEqual([]);
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'required',
        'too_small',
        'too_large',
        'invalid_choice',
        'invalid_id',
      ]),
    );
  });

  it('is answered about an empty or absent field in the same way everywhere', async () => {
    const send = async (path: string, body: object) =>
      problem(await http.post(path, body)).errors.map(({ field, code }) => `${field} ${code}`);
    for (const value of [undefined, null, '']) {
      const [login, user] = [{ username: value, password: 'x' }, { username: value }];
      expect(await send('/api/auth/login', login)).toEqual(['username required']);
      expect(await send('/api/users', { ...user, email: 'x@example.com' })).toEqual([
        'username required',
      ]);
    }
    // What may be left out is not required.
    const answer = await http.patch('/api/users/me', { firstName: null });
    expect(problem(answer).errors).toEqual([
      { field: 'firstName', code: 'invalid_type', message: 'The name must be text.' },
    ]);
    const times = await http.get('/api/audit-events?from=x&to=2026-02-30T00:00:00Z');
    expect(problem(times).errors.map(({ field, code }) => `${field} ${code}`)).toEqual([
      'from invalid_date_time',
      'to invalid_date_time',
    ]);
  });
});

describe('the codes of findings', () => {
  it('are those of docs/errors.md', () => {
    const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').replaceAll(/ {2,}/g, ' ');
    const [, table] = page.split('## Findings');
    const rows = [...table!.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)];
    expect(Object.fromEntries(rows.map(([, code, meaning]) => [code, meaning]))).toEqual(FINDINGS);
  });

  it('are all that the code answers with', () => {
    const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
    const codes = files
      .filter((file) => /(?<!\.spec)\.tsx?$/.test(file))
      .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8'))
      // Without the examples of docstrings.
      .map((text) => text.replaceAll(/^ *\*.*$/gm, ''))
      .flatMap((text) => [
        ...text.matchAll(/\bcode: '([a-z_]+)',\n? *(?:\.\.\.|message\b)/g),
        ...text.matchAll(/ValidateBy\(\s*\{\s*name: '(\w+)'/g),
      ])
      .map(([, code]) => code!);
    expect(codes.length).toBeGreaterThan(15);
    expect([...new Set(codes)].filter((code) => !(code in FINDINGS))).toEqual([]);
  });
});
