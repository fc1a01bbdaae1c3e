import { Body, Get } from '@nestjs/common';
import {
  RoleAdministrationService,
  type RoleOffers,
} from '../../administration/roles/role-administration.service.js';
import { ChangeRoleDto } from '../../administration/roles/role-fields.dto.js';
import type { RoleDto } from '../../administration/roles/role.dto.js';
import { RoleListService } from '../../administration/roles/role-list.service.js';
import { RequirePermissions } from '../../access/access.decorators.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { holds } from '../../access/principal.js';
import { ROLES } from '../../permissions/roles.permissions.js';
import { USERS } from '../../permissions/users.permissions.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { changedIn } from '../kit/shown.js';
import { address } from '../kit/next-page.js';
import { RoleFields } from './role-fields.js';
import { roleTabs } from './role-frame.js';
import { showAdmin } from '../kit/show-admin.js';

const LIST = '/admin/roles';

/** A role: what it is called, who has it, and deleting it after a look at who loses it. */
@RequirePermissions(ROLES.view)
@PageController('/admin/roles/:id')
export class RoleController {
  constructor(
    private readonly lists: RoleListService,
    private readonly administration: RoleAdministrationService,
  ) {}

  @Get()
  async show(@CurrentPage() page: PageContext, @IdParam() id: string): Promise<PageAnswer> {
    return this.render(page, id, EMPTY_FORM);
  }

  @RequirePermissions(ROLES.change)
  @FormPost()
  async change(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    try {
      const changed = changedIn(body, ['name', 'description']);
      const fields = await validForm(ChangeRoleDto, changed);
      await this.administration.changeRole(page.actor, id, fields);
    } catch (error) {
      return this.render(page, id, formAfter(error, body));
    }
    page.addMessage('success', 'The role was changed.');
    return page.redirect(`${LIST}/${id}`);
  }

  @RequirePermissions(ROLES.delete)
  @Get('delete')
  async preview(@CurrentPage() page: PageContext, @IdParam() id: string): Promise<PageAnswer> {
    const role = await this.lists.get(id);
    if (!this.administration.offersFor(page.user, role).mayDelete) {
      page.addMessage('warning', `You cannot delete the role ${role.name}.`);
      return page.redirect(`${LIST}/${id}`);
    }
    return renderPreview(page, role, EMPTY_FORM);
  }

  @RequirePermissions(ROLES.delete)
  @FormPost('delete')
  async delete(@CurrentPage() page: PageContext, @IdParam() id: string): Promise<PageAnswer> {
    try {
      await this.administration.delete(page.actor, id);
    } catch (error) {
      return renderPreview(page, await this.lists.get(id), formAfter(error, {}));
    }
    page.addMessage('success', 'The role was deleted.');
    return page.redirect(LIST);
  }

  private async render(page: PageContext, id: string, form: FormState): Promise<PageAnswer> {
    const role = await this.lists.get(id);
    return render(page, role, this.administration.offersFor(page.user, role), form);
  }
}

function render(page: PageContext, role: RoleDto, offers: RoleOffers, form: FormState): PageAnswer {
  const { id, name, description, permissions, userCount } = role;
  const path = `${LIST}/${id}`;
  const people = userCount === 1 ? '1 account' : `${userCount} accounts`;
  return showAdmin(page, {
    title: name,
    at: path,
    tabs: roleTabs(page.user, id),
    form,
    children: (
      <>
        <p>
          {holds(page.user, USERS.view) ? (
            <a href={address('/admin/users', { role: name })}>{people}</a>
          ) : (
            people
          )}{' '}
          have it. It grants{' '}
          <a href={`${path}/permissions`}>
            {permissions.length === 1 ? '1 permission' : `${permissions.length} permissions`}
          </a>
          .
        </p>
        {offers.mayChange ? (
          <Form page={page} action={path} form={form} class="narrow">
            <RoleFields form={form} role={role} mayRename={offers.mayRename} />
            <button type="submit" class="btn btn-primary">
              Save
            </button>
          </Form>
        ) : (
          <p>{description}</p>
        )}
        {offers.mayDelete && (
          <p class="mt-5">
            <a class="btn btn-sm btn-outline-danger" href={`${path}/delete`}>
              Delete …
            </a>
          </p>
        )}
      </>
    ),
  });
}

function renderPreview(page: PageContext, role: RoleDto, form: FormState): PageAnswer {
  const { id, name, permissions, userCount } = role;
  const path = `${LIST}/${id}`;
  return showAdmin(page, {
    title: `Delete the role ${name}?`,
    at: path,
    tabs: roleTabs(page.user, id),
    form,
    children: (
      <Form page={page} action={`${path}/delete`} form={form}>
        <p>
          {userCount === 1 ? '1 account loses' : `${userCount} accounts lose`} it, and with it,
          unless they have it from elsewhere:
        </p>
        <ul>
          {permissions.length === 0 && <li>no permission</li>}
          {permissions.map((codename) => (
            <li>
              <code>{codename}</code>
            </li>
          ))}
        </ul>
        <button type="submit" class="btn btn-danger">
          Delete the role
        </button>{' '}
        <a class="btn btn-outline-secondary" href={path}>
          Back
        </a>
      </Form>
    ),
  });
}
