import { Body, Get, Query } from '@nestjs/common';
import { RoleAdministrationService } from '../../administration/roles/role-administration.service.js';
import { RoleListService } from '../../administration/roles/role-list.service.js';
import { SetPermissionsDto } from '../../administration/users/set-permissions.dto.js';
import { RequirePermissions } from '../../access/access.decorators.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { holds } from '../../access/principal.js';
import { ADMIN_ROLE } from '../../permissions/permission-catalogue.js';
import { ROLES } from '../../permissions/roles.permissions.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, Form, type FormState } from '../kit/forms.js';
import { NextPage } from '../kit/next-page.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { choicesAskedFor, pickedFrom, pickerAfter, PermissionPicker } from './pickers.js';
import { roleTabs } from './role-frame.js';
import { showAdmin } from '../kit/show-admin.js';

const pathOf = (id: string) => `/admin/roles/${id}/permissions`;

/** What a role grants; and having it grant more or less, after a recent sign-in. */
@RequirePermissions(ROLES.view)
@PageController('/admin/roles/:id/permissions')
export class RolePermissionsController {
  constructor(
    private readonly lists: RoleListService,
    private readonly administration: RoleAdministrationService,
  ) {}

  @Get()
  async show(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    return this.render(page, id, EMPTY_FORM, query);
  }

  @RequirePermissions(ROLES.change)
  @FormPost()
  async save(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    try {
      const { picked, before } = pickedFrom(body, 'permissions');
      const { permissions } = await validForm(SetPermissionsDto, { permissions: picked });
      await this.administration.setPermissions(page.actor, id, permissions, before);
    } catch (error) {
      return this.render(page, id, pickerAfter(error), {});
    }
    page.addMessage('success', 'What the role grants was changed.');
    return page.redirect(pathOf(id));
  }

  private async render(
    page: PageContext,
    id: string,
    form: FormState,
    query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const role = await this.lists.get(id);
    const { name, permissions } = role;
    const { mayChangePermissions } = this.administration.offersFor(page.user, role);
    const asked = await choicesAskedFor(query, 'cursor');
    const { items, nextCursor } = await this.lists.permissions(asked);
    return showAdmin(page, {
      title: name,
      at: pathOf(id),
      tabs: roleTabs(page.user, id),
      form,
      children: (
        <>
          <Form page={page} action={pathOf(id)} form={form}>
            {name === ADMIN_ROLE && <p>This role always grants everything.</p>}
            <PermissionPicker
              name="permissions"
              items={items}
              given={permissions}
              mayGive={({ codename }) => mayChangePermissions && holds(page.user, codename)}
            />
            {mayChangePermissions && (
              <button type="submit" class="btn btn-primary mb-4">
                Save
              </button>
            )}
          </Form>
          <NextPage
            path={pathOf(id)}
            isFirst={asked.cursor === undefined}
            nextCursor={nextCursor}
          />
        </>
      ),
    });
  }
}
