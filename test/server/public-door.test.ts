import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/process.js';
import { TypedProduct, writeDeclarations } from '../support/typed-product.js';

const CONTROLLER = `
import { Controller, Get, Injectable, Module, UseGuards } from '@nestjs/common';
import {
  AppError,
  type Actor,
  AuditService,
  CurrentUser,
  GatehouseModule,
  IdParam,
  JwtAuthGuard,
  type Principal,
  Public,
  RequirePermissions,
  Roles,
  RolesGuard,
  User,
  UsersService,
  definePermissions,
} from 'gatehouse';

export const NEWS = definePermissions('news', { publish: 'Publish news' });

@Injectable()
export class NewsService {
  constructor(
    private readonly users: UsersService,
    private readonly audit: AuditService,
  ) {}

  async authorOf(id: string, actor: Actor): Promise<User> {
    const author = await this.users.findById(id);
    if (!author || actor.origin === 'cli') throw new AppError('not_found');
    return author;
  }
}

@Controller('api/news')
@UseGuards(JwtAuthGuard, RolesGuard)
export class NewsController {
  @Public({ user: 'optional' })
  @Get(':id')
  show(@IdParam() id: string, @CurrentUser() user: Principal | undefined): string {
    return id + (user?.username ?? '');
  }

  @Roles('editor')
  @RequirePermissions(NEWS.publish)
  @Get()
  drafts(): string[] {
    return [];
  }
}

@Module({
  imports: [GatehouseModule.forRoot({ root: import.meta.dirname })],
  controllers: [NewsController],
  providers: [NewsService],
})
export class AppModule {}
`;

const PAGE = `
import { Body, Get } from '@nestjs/common';
import { CurrentPage, EMPTY_FORM, Field, Form, FormPost, type PageAnswer, type PageContext, PageController, Table } from 'gatehouse';

@PageController('notes')
export class NotesController {
  @Get()
  list(@CurrentPage() page: PageContext): PageAnswer {
    return page.show(
      \`Notes for \${page.user.username}\`,
      <Form page={page} action="/notes">
        <Field form={EMPTY_FORM} name="note" label="A new note" input={{ required: true }} />
        <Table label="Notes" headings={['Note']}>{null}</Table>
      </Form>,
    );
  }

  @FormPost()
  add(@CurrentPage() page: PageContext, @Body() body: Record<string, unknown>): PageAnswer {
    page.addMessage('success', String(body.note));
    return page.redirect('/notes');
  }
}
`;

const DEEP = `
export { PrincipalsService } from 'gatehouse/dist/src/auth/principals.service.js';
export { ROLES } from 'gatehouse/dist/src/permissions/roles.permissions';
export { PasswordsService } from 'gatehouse/src/passwords/passwords.service.js';
`;

const MAIN = `
import { start } from 'gatehouse';
await start(async () => (await import('./app.module.js')).AppModule);
`;

describe('the public door, as a product sees it', () => {
  let product: TypedProduct | undefined;
  beforeAll(writeDeclarations);
  afterEach(() => product?.remove());

  it('has what a controller, a service and a page need, and hides every other file', async () => {
    product = new TypedProduct({
      'src/app.module.ts': CONTROLLER,
      'src/notes.controller.tsx': PAGE,
      'src/main.ts': MAIN,
      'src/deep.ts': DEEP,
    });
    // The types of Gatehouse itself are checked here, and nowhere else.
    const errors = await product.check('--skipLibCheck', 'false');
    expect(
      errors.map((line) => /^src\/deep\.ts\(\d+,\d+\): error TS(2307|7016)/.test(line)),
    ).toEqual([true, true, true]);
  });

  it('is listed in docs/api.md, with its declarations in the report (npm run api)', async () => {
    const words = ['scripts/api.mjs', '--check'];
    const { stderr } = await promisify(execFile)(process.execPath, words, { cwd: ROOT }).catch(
      (error: { stderr: string }) => error,
    );
    expect(stderr).toBe('');
  });

  // The Swagger plugin writes such imports for the types of Gatehouse in what a product documents.
  it('lets Node import the file of a class, which is the class of the door', async () => {
    product = new TypedProduct({});
    const printed = await product.run(`
      const { User } = await import('gatehouse');
      const { User: same } = await import('gatehouse/dist/src/users/user.entity');
      console.log(User === same);
    `);
    expect(printed).toBe('true\n');
  });
});
