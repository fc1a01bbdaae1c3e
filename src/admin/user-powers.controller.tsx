import { Body, Get } from '@nestjs/common';
import { ChangeUserDto } from '../administration/change-user.dto.js';
import { mayGive } from '../administration/powers.js';
import { RoleListService } from '../administration/role-list.service.js';
import { SetPermissionsDto } from '../administration/set-permissions.dto.js';
import { SetRolesDto } from '../administration/set-roles.dto.js';
import { UserChangeService } from '../administration/user-change.service.js';
import { UserPowersService } from '../administration/user-powers.service.js';
import { UserPresenter } from '../administration/user-presenter.js';
import { RequirePermissions } from '../common/access.decorators.js';
import { AppError } from '../common/app-error.js';
import { IdParam } from '../common/id-param.decorator.js';
import { holds } from '../common/principal.js';
import { USERS } from '../permissions/users.permissions.js';
import { UsersService } from '../users/users.service.js';
import { FormPost } from '../web/form-post.guard.js';
import { validForm } from '../web/form-validation.js';
import { EMPTY_FORM, Form, type FormState } from '../web/forms.js';
import { PageController } from '../web/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../web/page-context.js';
import { Effect } from './effect.js';
import { pickedFrom, pickerAfter, PermissionPicker, RolePicker } from './pickers.js';
import { showAdmin } from './show-admin.js';
import { userTabs } from './user-frame.js';

const pathOf = (id: string) => `/admin/users/${id}/powers`;

/** Which form of the page something went wrong with. */
type Part = 'roles' | 'permissions' | 'superuser';

/** What an account may do and why; and giving it more or less, after a recent sign-in. */
@RequirePermissions(USERS.view)
@PageController('/admin/users/:id/powers')
export class AdminUserPowersController {
  constructor(
    private readonly users: UsersService,
    private readonly presenter: UserPresenter,
    private readonly roles: RoleListService,
    private readonly powers: UserPowersService,
    private readonly changes: UserChangeService,
  ) {}

  @Get()
  async show(@CurrentPage() page: PageContext, @IdParam() id: string): Promise<void> {
    await this.render(page, id);
  }

  @RequirePermissions(USERS.change)
  @FormPost('roles')
  async setRoles(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Body() body: Record<string, unknown>,
  ): Promise<void> {
    await this.save(page, id, 'roles', async () => {
      const { picked, before } = pickedFrom(body, 'roles');
      const { roles } = await validForm(SetRolesDto, { roles: picked });
      await this.powers.setRoles(page.actor, id, roles, before);
    });
  }

  @RequirePermissions(USERS.change)
  @FormPost('permissions')
  async setPermissions(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Body() body: Record<string, unknown>,
  ): Promise<void> {
    await this.save(page, id, 'permissions', async () => {
      const { picked, before } = pickedFrom(body, 'permissions');
      const { permissions } = await validForm(SetPermissionsDto, { permissions: picked });
      await this.powers.setPermissions(page.actor, id, permissions, before);
    });
  }

  @RequirePermissions(USERS.change)
  @FormPost('superuser')
  async setSuperuser(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Body() { isSuperuser }: Record<string, unknown>,
  ): Promise<void> {
    await this.save(page, id, 'superuser', async () => {
      const flags = { yes: true, no: false } as Record<string, boolean>;
      const flag = flags[String(isSuperuser)];
      const valid = await validForm(ChangeUserDto, { isSuperuser: flag ?? null });
      await this.changes.change(page.actor, id, valid);
    });
  }

  private async save(
    page: PageContext,
    id: string,
    part: Part,
    change: () => Promise<void>,
  ): Promise<void> {
    try {
      await change();
    } catch (error) {
      return this.render(page, id, { part, form: pickerAfter(error) });
    }
    page.tell('success', 'What the account may do was changed.');
    return page.redirect(pathOf(id));
  }

  private async render(
    page: PageContext,
    id: string,
    failure?: { part: Part; form: FormState },
  ): Promise<void> {
    const user = await this.users.findById(id);
    if (!user) throw new AppError('not_found');
    const { username, roles, isSuperuser } = await this.presenter.present(user);
    const { items, isActive } = await this.powers.explain(id);
    const mayChange = holds(page.user, USERS.change);
    const direct = items.filter(({ sources }) => sources.some(({ type }) => type === 'direct'));
    const formOf = (part: Part) => (failure?.part === part ? failure.form : EMPTY_FORM);
    showAdmin(page, {
      title: username,
      at: pathOf(id),
      tabs: userTabs(page.user, id),
      ...(failure && { status: 422 }),
      children: (
        <>
          {!isActive && (
            <p class="alert alert-warning">The account is inactive: nothing of this counts.</p>
          )}
          {mayChange && (
            <>
              <h2 class="h4">Roles</h2>
              <Form page={page} action={`${pathOf(id)}/roles`} form={formOf('roles')}>
                <RolePicker
                  name="roles"
                  items={await this.roles.all()}
                  given={roles}
                  mayGive={(role) => mayGive(page.user, role)}
                />
                <button type="submit" class="btn btn-primary mb-4">
                  Save the roles
                </button>
              </Form>
              <h2 class="h4">Permissions given directly</h2>
              <Form page={page} action={`${pathOf(id)}/permissions`} form={formOf('permissions')}>
                <PermissionPicker
                  name="permissions"
                  items={await this.roles.permissions()}
                  given={direct.map(({ codename }) => codename)}
                  mayGive={({ codename }) => holds(page.user, codename)}
                />
                <button type="submit" class="btn btn-primary mb-4">
                  Save the permissions
                </button>
              </Form>
            </>
          )}
          {page.user.isSuperuser && (
            <SuperuserForm page={page} id={id} is={isSuperuser} form={formOf('superuser')} />
          )}
          <Effect items={items} isSuperuser={isSuperuser} />
        </>
      ),
    });
  }
}

interface SuperuserFormProps {
  page: PageContext;
  id: string;
  is: boolean;
  form: FormState;
}

function SuperuserForm({ page, id, is, form }: SuperuserFormProps) {
  return (
    <>
      <h2 class="h4">Superuser</h2>
      <Form page={page} action={`${pathOf(id)}/superuser`} form={form} class="mb-4">
        <p>{is ? 'May do everything.' : 'May do what is given, and nothing else.'}</p>
        <input type="hidden" name="isSuperuser" value={is ? 'no' : 'yes'} />
        <button type="submit" class="btn btn-outline-danger">
          {is ? 'Take that away' : 'Make a superuser, who may do everything'}
        </button>
      </Form>
    </>
  );
}
