import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Browser } from 'playwright-core';
import { newSession } from '../support/accounts.js';
import { startApp, type TestApp, testVariables } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { ROOT, run } from '../support/process.js';

const SCREENSHOTS = join(ROOT, 'test-results');

interface Schema {
  $ref?: string;
  type?: string;
  properties?: { items?: { items?: Schema } };
}

interface Operation {
  summary?: string;
  description?: string;
  security?: object[];
  requestBody?: { content: Record<string, { schema: { $ref: string } }> };
  responses: Record<string, { content?: Record<string, { schema?: Schema; examples?: object }> }>;
}

describe('the API documentation', () => {
  let app: TestApp;
  let browser: Browser;
  let document: OpenAPIObject;
  let operations: [string, Operation][];
  beforeAll(async () => {
    app = await startApp({ SWAGGER: 'on' });
    browser = await launchBrowser();
    document = (await app.http.get('/docs/openapi.json')).body as unknown as OpenAPIObject;
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, Operation>).map(
        ([method, operation]): [string, Operation] => [`${method} ${path}`, operation],
      ),
    );
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  it('names every operation of the contract', () => {
    expect(operations.map(([name]) => name).toSorted()).toEqual(
      [
        'get /.well-known/jwks.json',
        'get /health/live',
        'get /health/ready',
        'post /api/auth/register',
        'post /api/auth/login',
        'post /api/auth/refresh',
        'post /api/auth/logout',
        'post /api/auth/reauthenticate',
        'get /api/auth/session',
        'get /api/users/me',
        'patch /api/users/me',
        'delete /api/users/me',
        'post /api/auth/verification',
        'get /api/account/sessions',
        'delete /api/account/sessions',
        'delete /api/account/sessions/{id}',
        'post /api/account/links/describe',
        'post /api/account/password/change',
        'post /api/account/password/reset',
        'post /api/account/password/reset/confirm',
        'post /api/account/email/verify',
        'post /api/account/email/verify/password',
        'post /api/account/email/verify/resend',
        'post /api/account/email/change',
        'post /api/account/email/undo',
        'post /api/users/{id}/password-reset',
        'get /api/users',
        'post /api/users',
        'get /api/users/{id}',
        'patch /api/users/{id}',
        'delete /api/users/{id}',
        'put /api/users/{id}/roles',
        'get /api/users/{id}/permissions',
        'put /api/users/{id}/permissions',
        'get /api/users/{id}/sessions',
        'delete /api/users/{id}/sessions',
        'get /api/roles',
        'post /api/roles',
        'get /api/roles/{id}',
        'patch /api/roles/{id}',
        'delete /api/roles/{id}',
        'put /api/roles/{id}/permissions',
        'get /api/permissions',
        'get /api/audit-events',
        'get /api/audit-events/export',
        'get /api/users/export',
        'get /api/auth/federation',
        'post /api/auth/federation/{provider}/start',
        'post /api/auth/federation/{provider}/complete',
        'get /api/account/identities',
        'post /api/account/identities/{provider}/start',
        'post /api/account/identities/{provider}/complete',
        'delete /api/account/identities/{id}',
        'get /api/identity-providers',
        'post /api/identity-providers',
        'get /api/identity-providers/{id}',
        'patch /api/identity-providers/{id}',
        'delete /api/identity-providers/{id}',
      ].toSorted(),
    );
  });

  it('describes each one: what it does, what it takes and answers, and how it fails', () => {
    for (const [name, operation] of operations) {
      expect({ name, summary: operation.summary }).toEqual({
        name,
        summary: expect.stringMatching(/\w/),
      });
      const statuses = Object.keys(operation.responses);
      const success = statuses.find((status) => status.startsWith('2'))!;
      if (success !== '204' && success !== '202') {
        const { content } = operation.responses[success]!;
        const schema = content!['application/json']?.schema;
        const described = name.endsWith('/export')
          ? content!['text/csv']!.schema?.type
          : (schema?.$ref ?? schema?.properties?.items?.items?.$ref);
        expect({ name, described }).toEqual({ name, described: expect.any(String) });
      }
      if (operation.requestBody)
        expect(statuses).toEqual(expect.arrayContaining(['400', '413', '415', '422']));
      if (operation.security?.length) expect(statuses).toContain('401');
      for (const status of statuses.filter((status) => status >= '400')) {
        const problem = operation.responses[status]!.content!['application/problem+json']!;
        expect(problem.schema?.$ref).toBe('#/components/schemas/ProblemDto');
        expect(Object.keys(problem.examples ?? {}).length).toBeGreaterThan(0);
      }
    }
  });

  it('asks for a token exactly where the application does', async () => {
    for (const [name, operation] of operations) {
      const [method, path] = name.split(' ') as [string, string];
      const { status } = await app.http.send(method.toUpperCase(), path);
      const security = operation.security ?? [];
      // A token is one of several ways there.
      if (security.some((one) => Object.keys(one).length === 0)) continue;
      const isClosed = security.length > 0;
      expect({ name, isClosed: status === 401 }).toEqual({ name, isClosed });
    }
  });

  it('has the table of access committed, as the command prints it [ASVS 8.1.1]', async () => {
    const cli = run('cli', ['routes'], testVariables(app.database.url));
    expect(await cli.exited).toBe(0);
    const committed = readFileSync(join(ROOT, 'docs/access.md'), 'utf8')
      .slice(0, -1)
      .replaceAll(/ {2,}/g, ' ')
      .replaceAll(/-{3,}/g, '---')
      .split('\n');
    const printed = cli.output().trim().split('\n');
    expect(committed.slice(-printed.length)).toEqual(printed);
    const documented = operations.map(([name, { description }]) => [name, description]);
    for (const [name, description] of documented) {
      expect({ name, description }).toEqual({
        name,
        description: expect.stringMatching(/\*\*Who:\*\* /),
      });
    }
  });

  it('gives every property a type, and the inputs their rules and examples', () => {
    const schemas = document.components!.schemas as Record<
      string,
      { properties?: Record<string, Record<string, unknown>>; required?: string[] }
    >;
    for (const [name, schema] of Object.entries(schemas)) {
      for (const [property, type] of Object.entries(schema.properties ?? {})) {
        const described = type.type ?? type.$ref ?? type.allOf;
        expect({ name, property, described }).toEqual({
          name,
          property,
          described: expect.anything(),
        });
      }
    }
    expect(schemas.RegisterDto).toMatchObject({
      required: ['username', 'email', 'password'],
      properties: {
        username: { type: 'string', maxLength: 150, example: 'ann' },
        email: { type: 'string', format: 'email', maxLength: 254, example: 'ann@example.com' },
        password: { type: 'string', format: 'password', minLength: 8, maxLength: 4096 },
      },
    });
    expect(schemas.AccountDto!.required).toContain('lastLoginAt');
    expect(schemas.AccountDto!.properties!.lastLoginAt).toMatchObject({ nullable: true });
  });

  it('works in a browser: Authorize with the token from login, try an operation', async () => {
    const { accessToken, username } = await newSession(app.http);
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(`${app.http.url}/docs`);
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.getByLabel('auth-bearer-value').fill(accessToken);
    await page.getByRole('button', { name: 'Apply credentials' }).click();
    await page.getByRole('button', { name: 'Close' }).last().click();
    await page.locator('#operations-Account-MeController_get').getByRole('button').first().click();
    await page.getByRole('button', { name: 'Execute' }).click();
    const answer = page.locator('#operations-Account-MeController_get .live-responses-table');
    await answer.getByText(`"${username}"`).waitFor();
    mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, 'swagger-ui.png'), fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });
});
