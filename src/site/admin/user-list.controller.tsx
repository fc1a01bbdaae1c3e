import { Get, Query, type StreamableFile } from '@nestjs/common';
import type { UserDto } from '../../administration/users/user.dto.js';
import { RoleListService } from '../../administration/roles/role-list.service.js';
import { UserExportService } from '../../administration/users/user-export.service.js';
import { UserExportQueryDto, UserQueryDto } from '../../administration/users/user-query.dto.js';
import { UserListService } from '../../administration/users/user-list.service.js';
import { AdminSection } from '../../access/admin-section.decorator.js';
import type { Page } from '../../http/page.js';
import { holds } from '../../access/principal.js';
import { USERS } from '../../permissions/users.permissions.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { address, given, NextPage } from '../kit/next-page.js';
import { showAdmin } from '../kit/show-admin.js';
import { Table } from '../kit/table.js';
import { ActionButtons } from './user-action-buttons.js';
import { UserFilter } from './user-filter.js';
import { headingsFor, UserRow } from './user-rows.js';

const PATH = '/admin/users';
const FILTERS = ['search', 'role', 'permission', 'isActive', 'isSuperuser', 'order'] as const;
const NOTHING: Page<UserDto> = { items: [], nextCursor: null };

/** Finding accounts. */
@AdminSection({ path: PATH, title: 'Users', permission: USERS.view, order: 10 })
@PageController(PATH)
export class UserListController {
  constructor(
    private readonly lists: UserListService,
    private readonly exports: UserExportService,
    private readonly roles: RoleListService,
  ) {}

  @Get()
  async list(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const asked = given(query, [...FILTERS, 'cursor']);
    try {
      const users = await this.lists.list(await validForm(UserQueryDto, asked));
      return await this.render(page, asked as Record<string, string>, users, EMPTY_FORM);
    } catch (error) {
      return this.render(page, {}, NOTHING, formAfter(error, asked));
    }
  }

  /** Sends the accounts that the list shows, on all of its pages, as a file. */
  @Get('export')
  async export(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<StreamableFile | PageAnswer> {
    const asked = given(query, FILTERS);
    try {
      const filter = await validForm(UserExportQueryDto, asked);
      return await this.exports.exportUsers(page.actor, filter);
    } catch (error) {
      return this.render(page, {}, NOTHING, formAfter(error, asked));
    }
  }

  private async render(
    page: PageContext,
    { cursor, ...filter }: Record<string, string>,
    { items, nextCursor }: Page<UserDto>,
    form: FormState,
  ): Promise<PageAnswer> {
    const roles = await this.roles.names();
    return showAdmin(page, {
      title: 'Users',
      at: PATH,
      form,
      children: (
        <>
          <p>
            {holds(page.user, USERS.add) && (
              <a class="btn btn-primary me-2" href={`${PATH}/add`}>
                Add a user
              </a>
            )}
            {form.errors.length === 0 && (
              <a class="btn btn-outline-secondary" href={address(`${PATH}/export`, filter)}>
                Export CSV
              </a>
            )}
          </p>
          <UserFilter path={PATH} filter={filter} form={form} roles={roles} />
          {items.length === 0 ? (
            <p>No account is like that.</p>
          ) : (
            <Form page={page} action={`${PATH}/actions`}>
              <Table label="Users" headings={headingsFor(filter)}>
                {items.map((user) => (
                  <UserRow user={user} />
                ))}
              </Table>
              <ActionButtons page={page} />
            </Form>
          )}
          <NextPage
            path={PATH}
            query={filter}
            isFirst={cursor === undefined}
            nextCursor={nextCursor}
          />
        </>
      ),
    });
  }
}
