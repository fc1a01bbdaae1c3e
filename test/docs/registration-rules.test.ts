import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUsername, PASSWORD } from '../support/accounts.js';
import { problem } from '../support/http.js';
import { filesOfPage } from '../support/doc-page.js';
import type { TestServer } from '../support/process.js';
import { Product } from '../support/product.js';

describe('docs/registration-rules.md', () => {
  let product: Product;
  let server: TestServer;
  beforeAll(async () => {
    product = await Product.create(filesOfPage('docs/registration-rules.md'));
    server = await product.start({ SWAGGER: 'on' });
  });
  afterAll(() => product.remove());

  const register = (fields: object) => {
    const username = newUsername();
    return server.http.post('/api/auth/register', {
      username,
      email: `${username}@example.com`,
      password: PASSWORD,
      ...fields,
    });
  };

  it('takes accounts of the company alone', async () => {
    expect((await register({})).status).toBe(201);
    expect(problem(await register({ email: 'ann@elsewhere.example' })).errors).toEqual([
      { field: 'email', code: 'foreign_address', message: 'Use your address at example.com.' },
    ]);
  });

  it('refuses passwords by both rules, and says so before', async () => {
    const refused = await register({ password: 'the winter of acme and discontent' });
    expect(problem(refused).errors).toEqual([
      {
        field: 'password',
        code: 'password_refused',
        message: 'Choose a password without a season.',
      },
      {
        field: 'password',
        code: 'password_refused',
        message: 'Leave out the name of the company.',
      },
    ]);
    const { text } = await server.http.get('/accounts/register', { accept: 'text/html' });
    expect(text).toContain('Your password can’t contain a season.');
    const { body } = await server.http.get<{
      components: {
        schemas: Record<string, { properties: Record<string, { description?: string }> }>;
      };
    }>('/docs/openapi.json');
    const { RegisterDto, ChangePasswordDto, LoginDto } = body.components.schemas;
    for (const property of [
      RegisterDto!.properties.password,
      ChangePasswordDto!.properties.newPassword,
    ]) {
      expect(property!.description).toContain('can’t contain the name of the company.');
    }
    expect(ChangePasswordDto!.properties.currentPassword!.description ?? '').not.toContain(
      'season',
    );
    expect(LoginDto!.properties.password!.description ?? '').not.toContain('season');
  });

  it('lets an operator pass over it by saying so', async () => {
    const words = ['--noinput', '--username', 'root', '--email', 'root@elsewhere.example'];
    const create = (...more: string[]) =>
      product.runCommandWith(
        { SUPERUSER_PASSWORD: PASSWORD },
        'createsuperuser',
        ...words,
        ...more,
      );
    const refused = await create();
    expect(refused.output).toContain('email: Use your address at example.com.');
    expect(refused.code).toBe(1);
    const passed = await create('--skip-registration-rule');
    expect([passed.code, passed.output.trim()]).toEqual([0, 'Superuser root was created.']);
  });
});
