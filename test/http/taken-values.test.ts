import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession } from '../support/accounts.js';
import { type HttpClient, problem } from '../support/http.js';
import { Product } from '../support/product.js';

const FILES = {
  'migrations/1795300000001-AddShelves.ts': `
    export class AddShelves1795300000001 {
      async up(runner) {
        await runner.query(\`
          CREATE TABLE shelves (
            id serial PRIMARY KEY, owner_id uuid NOT NULL, title text NOT NULL, slug_text text NOT NULL, secret text,
            CONSTRAINT a_name_that_no_entity_has UNIQUE (slug_text), UNIQUE (owner_id, title), UNIQUE (secret)
          );
          CREATE UNIQUE INDEX ON shelves (lower(title), owner_id)\`);
      }
      async down() {}
    }`,
  'src/shelf.entity.ts': `
    import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
    @Entity('shelves')
    export class Shelf {
      @PrimaryGeneratedColumn() id;
      @Column('uuid') ownerId;
      @Column('text') title;
      @Column('text', { name: 'slugText' }) slug;
      @Column('text', { nullable: true }) secret;
    }`,
  'src/app.module.ts': `
    import { Body, Controller, HttpCode, Module, Param, Post, Put } from '@nestjs/common';
    import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
    import { CurrentUser, GatehouseModule, takenValueError } from 'gatehouse';
    import { DataSource } from 'typeorm';
    import { Shelf } from './shelf.entity.js';

    @Controller()
    class ShelvesController {
      constructor(@InjectRepository(Shelf) shelves) {
        this.shelves = shelves;
      }

      @Post('api/shelves')
      async add(@Body() body, @CurrentUser() user) {
        const { id } = await this.shelves.save({ secret: null, ...body, ownerId: user.userId });
        return { id };
      }

      @Post('shelves')
      async addByPage(@Body() body, @CurrentUser() user) {
        return this.add(body, user);
      }

      @Put('api/shelves/:slug')
      async named(@Param('slug') slug, @Body() body, @CurrentUser() user) {
        try {
          return await this.add({ slug, ...body }, user);
        } catch (error) {
          throw takenValueError(error, this.shelves) ?? error;
        }
      }

      @Post('api/shelves/hidden')
      hidden(@Body() { slug, title }, @CurrentUser() user) {
        return this.add({ slug, title, secret: 'the same' }, user);
      }
    }

    @Module({
      imports: [GatehouseModule.forRoot({ root: import.meta.dirname }), TypeOrmModule.forFeature([Shelf])],
      controllers: [ShelvesController],
    })
    export class AppModule {}`,
};

describe('a value that has to be unique, of an entity of a product', () => {
  let product: Product;
  let user: HttpClient;
  let other: HttpClient;
  beforeAll(async () => {
    product = await Product.create(FILES);
    const { http } = await product.start();
    user = (await newSession(http)).http;
    other = (await newSession(http)).http;
  });
  afterAll(() => product.remove());

  const taken = (field: string) => [
    { field, code: 'taken', message: 'This value is already in use. Choose another one.' },
  ];

  it('is 422 at the property of its column, without a line in the product', async () => {
    expect((await user.post('/api/shelves', { title: 'One', slug: 'one' })).status).toBe(201);
    const answer = await other.post('/api/shelves', { title: 'Two', slug: 'one' });
    expect([answer.status, problem(answer).errors]).toEqual([422, taken('slug')]);
    expect(answer.text).not.toMatch(/constraint|a_name_that/);
  });

  it('names the first property of several that the caller has sent', async () => {
    expect((await other.post('/api/shelves', { title: 'One', slug: 'two' })).status).toBe(201);
    for (const title of ['One', 'ONE']) {
      const answer = await user.post('/api/shelves', { title, slug: 'three' });
      expect([answer.status, problem(answer).errors]).toEqual([422, taken('title')]);
    }
  });

  it('is reserved for one of many requests that come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 14 }, (_, i) =>
        user.post('/api/shelves', { title: `At once ${i}`, slug: 'at-once' }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 13 }, () => 422),
    ]);
  });

  it('is named by takenValueError where the body does not have it', async () => {
    const answer = await user.put('/api/shelves/one', { title: 'Nine' });
    expect([answer.status, problem(answer).errors]).toEqual([422, taken('slug')]);
  });

  it('stays a failure of the server when the caller did not send it', async () => {
    expect((await user.post('/api/shelves/hidden', { title: 'a', slug: 'a' })).status).toBe(201);
    const answer = await user.post('/api/shelves/hidden', { title: 'b', slug: 'b' });
    expect([answer.status, problem(answer).code]).toEqual([500, 'internal_error']);
    expect(answer.text).not.toContain('secret');
  });
});
