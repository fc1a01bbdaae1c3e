import { mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession } from '../support/accounts.js';
import { ROOT } from '../support/process.js';
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

  it('does not start with a TypeORM of its own, and names both copies', async () => {
    const theirs = join(product.folder, 'node_modules/typeorm');
    unlinkSync(theirs);
    mkdirSync(theirs);
    const ours = join(ROOT, 'node_modules/typeorm');
    // Everything but the check would take it for the same copy.
    writeFileSync(join(theirs, 'package.json'), '{ "main": "index.js" }');
    writeFileSync(join(theirs, 'index.js'), `module.exports = require('${ours}');`);
    expect(await product.failToStart()).toEqual({
      code: 1,
      output: `There are two copies of typeorm: this product loads ${theirs}, and Gatehouse loads ${ours}. Give both the same version in package.json, and run: npm dedupe\n`,
    });
  });
});
