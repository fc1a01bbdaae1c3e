import { Body, Get, Query } from '@nestjs/common';
import { ChangeUserDto } from '../../administration/users/change-user.dto.js';
import { mayGive } from '../../administration/users/powers.js';
import { RoleListService } from '../../administration/roles/role-list.service.js';
import { SetPermissionsDto } from '../../administration/users/set-permissions.dto.js';
import { SetRolesDto } from '../../administration/users/set-roles.dto.js';
import { UserChangeService } from '../../administration/users/user-change.service.js';
import { UserOffersService } from '../../administration/users/user-offers.service.js';
import { UserPowersService } from '../../administration/users/user-powers.service.js';
import { RequirePermissions } from '../../access/access.decorators.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { holds } from '../../access/principal.js';
import { USERS } from '../../permissions/users.permissions.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, type FormState } from '../kit/forms.js';
import { NextPage, pageAskedFor } from '../kit/next-page.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { Effect } from './effect.js';
import {
  choicesAskedFor,
  pickedFrom,
  pickerAfter,
  PermissionPicker,
  RolePicker,
} from './pickers.js';
import { showAdmin } from '../kit/show-admin.js';
import { userTabs } from './user-frame.js';
import { PowersForm, SuperuserForm } from './user-powers-forms.js';

const pathOf = (id: string) => `/admin/users/${id}/powers`;

/** Which form of the page something went wrong with. */
type Part = 'roles' | 'permissions' | 'superuser';

/** What an account may do and why; and giving it more or less, after a recent sign-in. */
@RequirePermissions(USERS.view)
@PageController('/admin/users/:id/powers')
export class AdminUserPowersController {
  constructor(
    private readonly offers: UserOffersService,
    private readonly roles: RoleListService,
    private readonly powers: UserPowersService,
    private readonly changes: UserChangeService,
  ) {}

  @Get()
  async show(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    return this.render(page, id, query);
  }

  @RequirePermissions(USERS.change)
  @FormPost('roles')
  async setRoles(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    return this.save(page, id, 'roles', async () => {
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
  ): Promise<PageAnswer> {
    return this.save(page, id, 'permissions', async () => {
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
  ): Promise<PageAnswer> {
    return this.save(page, id, 'superuser', async () => {
      const flags = { yes: true, no: false } as Record<string, boolean>;
      const flag = flags[String(isSuperuser)];
      const valid = await validForm(ChangeUserDto, { isSuperuser: flag ?? null });
      await this.changes.changeUser(page.actor, id, valid);
    });
  }

  private async save(
    page: PageContext,
    id: string,
    part: Part,
    change: () => Promise<void>,
  ): Promise<PageAnswer> {
    try {
      await change();
    } catch (error) {
      return this.render(page, id, {}, { part, form: pickerAfter(error) });
    }
    page.addMessage('success', 'What the account may do was changed.');
    return page.redirect(pathOf(id));
  }

  private async render(
    page: PageContext,
    id: string,
    query: Record<string, unknown>,
    failure?: { part: Part; form: FormState },
  ): Promise<PageAnswer> {
    const { user, offers } = await this.offers.find(page.user, id);
    const { username, isActive, isSuperuser } = user;
    const askedEffect = await pageAskedFor(query, 'effect');
    const effect = await this.powers.explain(id, askedEffect);
    const formOf = (part: Part) => (failure?.part === part ? failure.form : EMPTY_FORM);
    return showAdmin(page, {
      title: username,
      at: pathOf(id),
      tabs: userTabs(page.user, id, offers),
      ...(failure && { form: failure.form }),
      children: (
        <>
          {!isActive && (
            <p class="alert alert-warning">The account is inactive: nothing of this counts.</p>
          )}
          {offers.mayChange && (
            <>
              {await this.rolesForm(page, id, query, formOf('roles'))}
              {await this.permissionsForm(page, id, query, formOf('permissions'))}
            </>
          )}
          {offers.mayChangeSuperuser && (
            <SuperuserForm
              page={page}
              path={pathOf(id)}
              is={isSuperuser}
              form={formOf('superuser')}
            />
          )}
          <Effect items={effect.items} isSuperuser={isSuperuser} />
          {!isSuperuser && (
            <NextPage
              path={pathOf(id)}
              field="effect"
              isFirst={askedEffect.cursor === undefined}
              nextCursor={effect.nextCursor}
            />
          )}
        </>
      ),
    });
  }

  private async rolesForm(
    page: PageContext,
    id: string,
    query: Record<string, unknown>,
    form: FormState,
  ) {
    const asked = await choicesAskedFor(query, 'roles');
    const { items, nextCursor } = await this.roles.list(asked);
    const { roles } = await this.powers.powersGivenTo(id);
    return (
      <PowersForm
        page={page}
        path={pathOf(id)}
        name="roles"
        title="Roles"
        form={form}
        isFirst={asked.cursor === undefined}
        nextCursor={nextCursor}
      >
        <RolePicker
          name="roles"
          items={items}
          given={roles}
          mayGive={(role) => mayGive(page.user, role)}
        />
      </PowersForm>
    );
  }

  private async permissionsForm(
    page: PageContext,
    id: string,
    query: Record<string, unknown>,
    form: FormState,
  ) {
    const asked = await choicesAskedFor(query, 'permissions');
    const { items, nextCursor } = await this.roles.permissions(asked);
    const { directPermissions } = await this.powers.powersGivenTo(id);
    return (
      <PowersForm
        page={page}
        path={pathOf(id)}
        name="permissions"
        title="Permissions given directly"
        form={form}
        isFirst={asked.cursor === undefined}
        nextCursor={nextCursor}
      >
        <PermissionPicker
          name="permissions"
          items={items}
          given={directPermissions}
          mayGive={({ codename }) => holds(page.user, codename)}
        />
      </PowersForm>
    );
  }
}
