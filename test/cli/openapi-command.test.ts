import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Product } from '../support/product.js';

const CONTROLLER = `
  import { Controller, Get } from '@nestjs/common';
  import { ApiTags } from '@nestjs/swagger';
  import { Public } from 'gatehouse';
  @ApiTags('Articles')
  @Controller('api/articles')
  export class ArticlesController {
    constructor() { throw new Error('nothing is made'); }
    @Public()
    @Get()
    list() { return []; }
  }`;

const moduleWith = (options: string) => `
  import { Module } from '@nestjs/common';
  import { GatehouseModule } from 'gatehouse';
  import { ArticlesController } from './articles.controller.js';
  const noSpaces = (password) => (password.includes(' ') ? 'Leave out spaces.' : undefined);
  noSpaces.hint = 'Your password can’t have spaces.';
  class NoTabs {
    hint = 'Nor tabs.';
    refusalOf() {}
  }
  @Module({
    imports: [GatehouseModule.forRoot({
      root: import.meta.dirname,
      brand: { name: 'Northwind' },
      passwordRules: [noSpaces, NoTabs],
      ${options}
    })],
    controllers: [ArticlesController],
  })
  export class AppModule {}`;

describe('npm run cli -- openapi, in a product', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create({
      'package.json': JSON.stringify({ name: 'northwind', version: '3.2.1', type: 'module' }),
      'src/articles.controller.ts': CONTROLLER,
      'src/app.module.ts': moduleWith(`apiTags: { Articles: 'What people write' },`),
    });
  });
  afterAll(() => product.remove());

  it('prints nothing but the document that the server has, and makes nothing for it', async () => {
    const { code, output } = await product.runCommandWith(
      { DATABASE_URL: 'postgresql://gatehouse:secret@127.0.0.1:1/none' },
      'openapi',
    );
    expect(code).toBe(0);
    const document = JSON.parse(output) as OpenAPIObject;
    expect(document.info).toMatchObject({ title: 'Northwind', version: '3.2.1' });
    expect(document.tags).toContainEqual({ name: 'Articles', description: 'What people write' });
    expect(document.paths['/api/articles']!.get!.tags).toEqual(['Articles']);
    expect(output).toContain('can’t have spaces. Nor tabs.');

    await product.write({
      'src/articles.controller.ts': CONTROLLER.replace(/constructor.*/, ''),
    });
    const { http, stop } = await product.start({ SWAGGER: 'on' });
    expect((await http.get('/docs/openapi.json')).body).toEqual(document);
    await stop();
  });

  it.each([
    [
      `apiTags: { Artikles: 'What people write' },`,
      /^forRoot\(\{ apiTags \}\): no controller has @ApiTags\('Artikles'\)\. There are: .*Articles/,
    ],
    [
      `apiTags: { Articles: '' },`,
      /^forRoot\(\{ apiTags \}\): the description of "Articles" must be one line of text\.$/,
    ],
  ])('stops the start and the command at %s', async (options, sentence) => {
    await product.write({ 'src/app.module.ts': moduleWith(options) });
    const command = await product.runCommand('openapi');
    expect(command.code).toBe(1);
    expect(command.output.trim()).toMatch(sentence);
    const start = await product.failToStart({ SWAGGER: 'on' });
    expect(start.output.trim()).toMatch(sentence);
  });
});
