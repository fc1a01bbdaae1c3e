import { Body, Get } from '@nestjs/common';
import type { IdentityProviderDto } from '../../administration/identity-providers/identity-provider.dto.js';
import { ChangeIdentityProviderDto } from '../../administration/identity-providers/identity-provider-fields.dto.js';
import { ProviderAdministrationService } from '../../administration/identity-providers/provider-administration.service.js';
import { RequirePermissions } from '../../access/access.decorators.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { holds } from '../../access/principal.js';
import { IDENTITY_PROVIDERS } from '../../federation/identity-providers.permissions.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { changedIn } from '../kit/shown.js';
import { ProviderFields } from './provider-fields.js';
import { showAdmin } from '../kit/show-admin.js';

const LIST = '/admin/providers';
const FIELDS = ['label', 'issuer', 'clientId', 'scopes', 'trustsEmail'] as const;

/** A provider that was added here: what is known of it, and deleting it after a look at what that means. */
@RequirePermissions(IDENTITY_PROVIDERS.view)
@PageController('/admin/providers/:id')
export class ProviderController {
  constructor(private readonly administration: ProviderAdministrationService) {}

  @Get()
  async show(@CurrentPage() page: PageContext, @IdParam() id: string): Promise<PageAnswer> {
    return render(page, await this.administration.get(id), EMPTY_FORM);
  }

  @RequirePermissions(IDENTITY_PROVIDERS.change)
  @FormPost()
  async change(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    try {
      const changed = changedIn(body, FIELDS);
      const fields = await validForm(ChangeIdentityProviderDto, {
        ...changed,
        ...('trustsEmail' in changed && { trustsEmail: body.trustsEmail === 'on' }),
        ...(body.clientSecret !== '' && { clientSecret: body.clientSecret }),
      });
      await this.administration.changeProvider(page.actor, id, fields);
    } catch (error) {
      return render(page, await this.administration.get(id), formAfter(error, body));
    }
    page.addMessage('success', 'The provider was changed.');
    return page.redirect(`${LIST}/${id}`);
  }

  @RequirePermissions(IDENTITY_PROVIDERS.delete)
  @Get('delete')
  async preview(@CurrentPage() page: PageContext, @IdParam() id: string): Promise<PageAnswer> {
    return renderPreview(page, await this.administration.get(id));
  }

  @RequirePermissions(IDENTITY_PROVIDERS.delete)
  @FormPost('delete')
  async delete(@CurrentPage() page: PageContext, @IdParam() id: string): Promise<PageAnswer> {
    await this.administration.delete(page.actor, id);
    page.addMessage('success', 'The provider was deleted.');
    return page.redirect(LIST);
  }
}

function render(page: PageContext, provider: IdentityProviderDto, form: FormState): PageAnswer {
  const { id, name, label, issuer, redirectUri, trustsEmail } = provider;
  const path = `${LIST}/${id}`;
  const { isSuperuser } = page.user;
  const mayChange = holds(page.user, IDENTITY_PROVIDERS.change) && (isSuperuser || !trustsEmail);
  return showAdmin(page, {
    title: label,
    at: path,
    form,
    children: (
      <>
        <dl class="row">
          <dt class="col-sm-3">Name</dt>
          <dd class="col-sm-9">{name}</dd>
          <dt class="col-sm-3">Redirect URI</dt>
          <dd class="col-sm-9">{redirectUri}</dd>
          {!mayChange && (
            <>
              <dt class="col-sm-3">Issuer</dt>
              <dd class="col-sm-9">{issuer}</dd>
            </>
          )}
        </dl>
        {mayChange && (
          <Form page={page} action={path} form={form} class="narrow">
            <ProviderFields form={form} provider={provider} mayTrust={isSuperuser} />
            <button type="submit" class="btn btn-primary">
              Save
            </button>
          </Form>
        )}
        {holds(page.user, IDENTITY_PROVIDERS.delete) && (
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

function renderPreview(page: PageContext, { id, label }: IdentityProviderDto): PageAnswer {
  const path = `${LIST}/${id}`;
  return showAdmin(page, {
    title: `Delete the provider ${label}?`,
    at: path,
    children: (
      <Form page={page} action={`${path}/delete`}>
        <p>
          Nobody signs in with it any more. Accounts stay: who has no password chooses one by a
          mailed link. A provider with the same issuer opens them again.
        </p>
        <button type="submit" class="btn btn-danger">
          Delete the provider
        </button>{' '}
        <a class="btn btn-outline-secondary" href={path}>
          Back
        </a>
      </Form>
    ),
  });
}
