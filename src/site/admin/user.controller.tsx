import { Body, Get } from '@nestjs/common';
import { InvitationService } from '../../account/invitation.service.js';
import { ChangeUserDto } from '../../administration/users/change-user.dto.js';
import { UserChangeService } from '../../administration/users/user-change.service.js';
import { UserOffersService } from '../../administration/users/user-offers.service.js';
import { UserPresenter } from '../../administration/users/user-presenter.js';
import type { UserDto } from '../../administration/users/user.dto.js';
import { RequirePermissions } from '../../access/access.decorators.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { describeHash } from '../../passwords/hashers/stored-hash.js';
import { USERS } from '../../permissions/users.permissions.js';
import { hasPassword } from '../../users/unusable-password.js';
import type { User } from '../../users/user.entity.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import { hostValuesFrom } from '../kit/host-fields.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { changedIn, shownIn } from '../kit/shown.js';
import { Time } from '../kit/time.js';
import { showAdmin } from '../kit/show-admin.js';
import { ActionButtons } from './user-action-buttons.js';
import { AccountFields } from './user-fields.js';
import { userTabs } from './user-frame.js';
import { nameOf, States } from './user-rows.js';

const OWN_FIELDS = ['username', 'email', 'firstName', 'lastName'] as const;
const pathOf = (id: string) => `/admin/users/${id}`;

/** An account: who it is, and what can be done to it. */
@RequirePermissions(USERS.view)
@PageController('/admin/users/:id')
export class UserController {
  constructor(
    private readonly offers: UserOffersService,
    private readonly presenter: UserPresenter,
    private readonly changes: UserChangeService,
    private readonly invitations: InvitationService,
  ) {}

  @Get()
  async show(@CurrentPage() page: PageContext, @IdParam() id: string): Promise<PageAnswer> {
    return this.render(page, id, EMPTY_FORM);
  }

  @RequirePermissions(USERS.change)
  @FormPost()
  async change(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const changed = changedIn(body, OWN_FIELDS);
    const fields = { ...changed, ...hostValuesFrom('change', body) };
    if (Object.keys(fields).length === 0) {
      page.addMessage('info', 'Nothing was changed.');
      return page.redirect(pathOf(id));
    }
    try {
      const change = await validForm(ChangeUserDto, fields);
      await this.changes.changeUser(page.actor, id, change, seenIn(body, Object.keys(changed)));
    } catch (error) {
      return this.render(page, id, formAfter(error, body));
    }
    page.addMessage('success', 'The account was changed.');
    return page.redirect(pathOf(id));
  }

  private async render(page: PageContext, id: string, form: FormState): Promise<PageAnswer> {
    const { user, offers } = await this.offers.find(page.user, id);
    const account = await this.presenter.present(user);
    const invitedUntil = account.invitedAt ? await this.invitations.findExpiry(user) : null;
    return showAdmin(page, {
      title: nameOf(account),
      at: pathOf(id),
      tabs: userTabs(page.user, id, offers),
      form,
      children: (
        <>
          <Facts user={user} account={account} invitedUntil={invitedUntil} />
          <Form page={page} action={pathOf(id)} form={form} class="narrow">
            <AccountFields
              form={form}
              account={account}
              isReadOnly={!offers.mayChange}
              isOwn={id === page.user.userId}
            />
            {offers.mayChange && (
              <button type="submit" class="btn btn-primary">
                Save
              </button>
            )}
          </Form>
          <Form page={page} action={pathOf(id)} class="mt-5">
            <input type="hidden" name="ids" value={id} />
            <ActionButtons page={page} actions={offers.actions} />
          </Form>
        </>
      ),
    });
  }
}

/** What was there when the form was opened, of the fields that were changed. */
function seenIn(body: Record<string, unknown>, names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const shown = shownIn(body, name);
      return shown === undefined ? [] : [[name, shown]];
    }),
  );
}

interface FactsProps {
  user: User;
  account: UserDto;
  /** When the open invitation expires. */
  invitedUntil: Date | null;
}

function Facts({ user, account, invitedUntil }: FactsProps) {
  const hash = describeHash(user.passwordHash);
  return (
    <dl class="row mb-4">
      <dt class="col-sm-3">State</dt>
      <dd class="col-sm-9">
        {account.isActive && 'active'} <States user={account} />
      </dd>
      <dt class="col-sm-3">Email address</dt>
      <dd class="col-sm-9">
        {account.email === '' ? 'none' : account.emailVerified ? 'confirmed' : 'not confirmed'}
      </dd>
      <dt class="col-sm-3">Password</dt>
      <dd class="col-sm-9">
        {hash
          ? `${hash.algorithm}, ${hash.workFactor}, ${hash.excess ? 'too costly to be checked' : '•'.repeat(12)}`
          : hasPassword(user)
            ? 'in a format that is not known'
            : 'none that could be used'}
      </dd>
      {account.invitedAt && (
        <>
          <dt class="col-sm-3">Invitation</dt>
          <dd class="col-sm-9">
            Invited, not yet accepted.{' '}
            {invitedUntil ? (
              <>
                The link works until <Time at={invitedUntil} />.
              </>
            ) : (
              'The link no longer works.'
            )}
          </dd>
        </>
      )}
      <dt class="col-sm-3">Added</dt>
      <dd class="col-sm-9">
        <Time at={account.createdAt} />
      </dd>
      <dt class="col-sm-3">Last sign-in</dt>
      <dd class="col-sm-9">{account.lastLoginAt ? <Time at={account.lastLoginAt} /> : 'never'}</dd>
      <dt class="col-sm-3">Id</dt>
      <dd class="col-sm-9">
        <code>{account.id}</code>
      </dd>
    </dl>
  );
}
