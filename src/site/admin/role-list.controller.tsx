import { Body, Get, Query } from '@nestjs/common';
import { RoleAdministrationService } from '../../administration/roles/role-administration.service.js';
import { CreateRoleDto } from '../../administration/roles/role-fields.dto.js';
import { RoleListService } from '../../administration/roles/role-list.service.js';
import { RequirePermissions } from '../../access/access.decorators.js';
import { AdminSection } from '../../access/admin-section.decorator.js';
import { holds } from '../../access/principal.js';
import { ROLES } from '../../permissions/roles.permissions.js';
import { USERS } from '../../permissions/users.permissions.js';
import { FormPost } from '../kit/form-post.guard.js';
import { Long } from '../kit/long.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { address, NextPage, pageAskedFor } from '../kit/next-page.js';
import { RoleFields } from './role-fields.js';
import { showAdmin } from '../kit/show-admin.js';
import { Table } from '../kit/table.js';

const PATH = '/admin/roles';

/** The roles there are, and adding one. */
@AdminSection({ path: PATH, title: 'Roles', permission: ROLES.view, order: 20 })
@PageController(PATH)
export class RoleListController {
  constructor(
    private readonly lists: RoleListService,
    private readonly administration: RoleAdministrationService,
  ) {}

  @Get()
  async list(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const asked = await pageAskedFor(query);
    const { items, nextCursor } = await this.lists.list(asked);
    return showAdmin(page, {
      title: 'Roles',
      at: PATH,
      children: (
        <>
          {holds(page.user, ROLES.add) && (
            <p>
              <a class="btn btn-primary" href={`${PATH}/add`}>
                Add a role
              </a>
            </p>
          )}
          <Table label="Roles" headings={['Role', 'What it is for', 'Permissions', 'Who has it']}>
            {items.map(({ id, name, description, permissions, userCount }) => (
              <tr>
                <th scope="row">
                  <a href={`${PATH}/${id}`}>
                    <Long text={name} />
                  </a>
                </th>
                <td>
                  <Long text={description} />
                </td>
                <td>
                  <a href={`${PATH}/${id}/permissions`}>{permissions.length}</a>
                </td>
                <td>
                  {holds(page.user, USERS.view) ? (
                    <a href={address('/admin/users', { role: name })}>{userCount}</a>
                  ) : (
                    userCount
                  )}
                </td>
              </tr>
            ))}
          </Table>
          <NextPage path={PATH} isFirst={asked.cursor === undefined} nextCursor={nextCursor} />
        </>
      ),
    });
  }

  @RequirePermissions(ROLES.add)
  @Get('add')
  showAdd(@CurrentPage() page: PageContext): PageAnswer {
    return renderAdd(page, EMPTY_FORM);
  }

  @RequirePermissions(ROLES.add)
  @FormPost('add')
  async add(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { name, description } = body;
    try {
      const fields = await validForm(CreateRoleDto, { name, description });
      const id = await this.administration.create(page.actor, fields);
      page.addMessage('success', 'The role was added. Now choose what it grants.');
      return page.redirect(`${PATH}/${id}/permissions`);
    } catch (error) {
      return renderAdd(page, formAfter(error, body));
    }
  }
}

function renderAdd(page: PageContext, form: FormState): PageAnswer {
  return showAdmin(page, {
    title: 'Add a role',
    at: `${PATH}/add`,
    form,
    children: (
      <Form page={page} action={`${PATH}/add`} form={form} class="narrow">
        <RoleFields form={form} />
        <button type="submit" class="btn btn-primary">
          Add, and go on
        </button>
      </Form>
    ),
  });
}
