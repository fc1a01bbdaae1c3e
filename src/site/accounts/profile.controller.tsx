import { Body, Get } from '@nestjs/common';
import { ProfileService } from '../../account/profile.service.js';
import { UpdateMeDto } from '../../account/update-me.dto.js';
import { PASSWORD_CHANGE_PATH, PROFILE_PATH } from '../../http/page-paths.js';
import { AccountIdentitiesService } from '../../federated-login/account-identities.service.js';
import type { AccountDto } from '../../users/account.dto.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { Field } from '../kit/fields.js';
import { EMPTY_FORM, Form, formAfter, type FormState, PostButton } from '../kit/forms.js';
import { HostInputs, hostValuesFrom } from '../kit/host-fields.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { Identities } from './identities.js';

/** One's own account. */
@PageController(PROFILE_PATH)
export class ProfileController {
  constructor(
    private readonly profiles: ProfileService,
    private readonly identities: AccountIdentitiesService,
  ) {}

  @Get()
  async show(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    return this.render(page, EMPTY_FORM);
  }

  @FormPost()
  async update(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { firstName, lastName } = body;
    try {
      const profile = await validForm(UpdateMeDto, {
        firstName,
        lastName,
        ...hostValuesFrom('profile', body),
      });
      await this.profiles.update(page.actor, profile);
    } catch (error) {
      return this.render(page, formAfter(error, body));
    }
    page.addMessage('success', 'Your profile was changed.');
    return page.redirect(PROFILE_PATH);
  }

  private async render(page: PageContext, form: FormState): Promise<PageAnswer> {
    const { account, ...ways } = await this.identities.overview(page.user);
    const mayDelete = await this.profiles.mayDelete(page.user);
    return page.show(
      'Your profile',
      <>
        <Facts page={page} account={account} />
        <h2 class="h4 mt-4">Names</h2>
        <Form page={page} action={PROFILE_PATH} form={form} class="narrow">
          <Field
            form={form}
            name="firstName"
            label="First name"
            initial={account.firstName}
            input={{ autocomplete: 'given-name', maxLength: 150 }}
          />
          <Field
            form={form}
            name="lastName"
            label="Last name"
            initial={account.lastName}
            input={{ autocomplete: 'family-name', maxLength: 150 }}
          />
          <HostInputs of="profile" form={form} account={account} />
          <button type="submit" class="btn btn-primary">
            Save
          </button>
        </Form>
        <Identities page={page} {...ways} />
        <p class="mt-4">
          <a href={PASSWORD_CHANGE_PATH}>Change your password</a> ·{' '}
          <a href="/accounts/username">Change your username</a> ·{' '}
          <a href="/accounts/email/change">Change your email address</a> ·{' '}
          <a href="/accounts/sessions">Your devices</a>
          {mayDelete && (
            <>
              {' '}
              · <a href="/accounts/delete">Delete your account</a>
            </>
          )}
        </p>
      </>,
      form,
    );
  }
}

function Facts({ page, account }: { page: PageContext; account: AccountDto }) {
  const { username, email, emailVerified, roles, permissions, isSuperuser } = account;
  return (
    <dl class="row">
      <dt class="col-sm-4">Username</dt>
      <dd class="col-sm-8">{username}</dd>
      <dt class="col-sm-4">Email address</dt>
      <dd class="col-sm-8">
        {email || 'none'}{' '}
        {email !== '' &&
          (emailVerified ? (
            <span class="badge text-bg-success">confirmed</span>
          ) : (
            <>
              <span class="badge text-bg-warning">not confirmed</span>{' '}
              <PostButton
                page={page}
                action="/accounts/email/verify/again"
                class="btn btn-sm btn-outline-secondary"
              >
                Send the mail again
              </PostButton>
            </>
          ))}
      </dd>
      <dt class="col-sm-4">Roles</dt>
      <dd class="col-sm-8">
        {isSuperuser && <span class="badge text-bg-primary me-1">superuser</span>}
        {roles.map((role) => (
          <span class="badge text-bg-secondary me-1">{role}</span>
        ))}
        {!isSuperuser && roles.length === 0 && 'none'}
      </dd>
      <dt class="col-sm-4">Permissions</dt>
      <dd class="col-sm-8">
        {isSuperuser ? (
          'all'
        ) : permissions.length === 0 ? (
          'none'
        ) : (
          <ul class="list-unstyled mb-0">
            {permissions.map((codename) => (
              <li>
                <code>{codename}</code>
              </li>
            ))}
          </ul>
        )}
      </dd>
    </dl>
  );
}
