import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession } from '../support/accounts.js';
import { Product } from '../support/product.js';

const FILES = {
  'src/app.module.ts': `
    import { Controller, Get, Module } from '@nestjs/common';
    import { GatehouseModule, RequirePermissions } from 'gatehouse';
    import { ARTICLES } from './articles.permissions.js';

    @Controller('articles')
    class ArticlesController {
      @Get()
      list(): string[] {
        return ['first'];
      }

      @Get('drafts')
      @RequirePermissions(ARTICLES.publish)
      drafts(): string[] {
        return [];
      }
    }

    @Module({
      imports: [GatehouseModule.forRoot({ root: import.meta.dirname })],
      controllers: [ArticlesController],
    })
    export class AppModule {}`,
  'src/articles.permissions.ts': `
    import { definePermissions } from 'gatehouse';
    export const ARTICLES = definePermissions('articles', { publish: 'Publish articles' });`,
};

describe('a product that depends on Gatehouse', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create(FILES);
  });
  afterAll(() => product.remove());

  it('serves its own routes next to ours, closed unless it says open', async () => {
    const { http } = await product.start();
    expect((await http.get('/articles')).status).toBe(401);
    const user = await newSession(http);
    expect((await user.http.get('/articles')).body).toEqual(['first']);
    expect((await user.http.get('/articles/drafts')).body).toMatchObject({
      missingPermissions: ['articles.publish'],
    });
  });

  it('prints an access table that contains its own routes', async () => {
    const { code, output } = await product.runCommand('routes');
    expect(output).toContain('| GET | `/articles/drafts` | articles.publish |');
    expect(code).toBe(0);
  });
});
