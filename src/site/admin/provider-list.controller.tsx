import { Body, Get } from '@nestjs/common';
import type { IdentityProviderDto } from '../../administration/identity-providers/identity-provider.dto.js';
import { CreateIdentityProviderDto } from '../../administration/identity-providers/identity-provider-fields.dto.js';
import { ProviderAdministrationService } from '../../administration/identity-providers/provider-administration.service.js';
import { RequirePermissions } from '../../access/access.decorators.js';
import { AdminSection } from '../../access/admin-section.decorator.js';
import { holds } from '../../access/principal.js';
import { IDENTITY_PROVIDERS } from '../../federation/identity-providers.permissions.js';
import { Field } from '../kit/fields.js';
import { Long } from '../kit/long.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { ProviderFields } from './provider-fields.js';
import { showAdmin } from '../kit/show-admin.js';
import { Table } from '../kit/table.js';

const PATH = '/admin/providers';

/** By whom people can sign in, and adding somebody. */
@AdminSection({ path: PATH, title: 'Providers', permission: IDENTITY_PROVIDERS.view, order: 40 })
@PageController(PATH)
export class ProviderListController {
  constructor(private readonly administration: ProviderAdministrationService) {}

  @Get()
  async list(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    const providers = await this.administration.list();
    return showAdmin(page, {
      title: 'Providers',
      at: PATH,
      children: (
        <>
          <p>With these people can sign in, beside their password here.</p>
          {holds(page.user, IDENTITY_PROVIDERS.add) && (
            <p>
              <a class="btn btn-primary" href={`${PATH}/add`}>
                Add a provider
              </a>
            </p>
          )}
          {providers.length === 0 ? (
            <p>There are none.</p>
          ) : (
            <Table
              label="Providers"
              headings={['Provider', 'Issuer', 'Redirect URI', 'Trusted for addresses']}
            >
              {providers.map((provider) => (
                <Provider provider={provider} />
              ))}
            </Table>
          )}
        </>
      ),
    });
  }

  @RequirePermissions(IDENTITY_PROVIDERS.add)
  @Get('add')
  showAdd(@CurrentPage() page: PageContext): PageAnswer {
    return renderAdd(page, EMPTY_FORM);
  }

  @RequirePermissions(IDENTITY_PROVIDERS.add)
  @FormPost('add')
  async add(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    try {
      const fields = await validForm(CreateIdentityProviderDto, givenIn(body));
      const { id } = await this.administration.create(page.actor, fields);
      page.addMessage('success', 'The provider was added: people can sign in with it now.');
      return page.redirect(`${PATH}/${id}`);
    } catch (error) {
      return renderAdd(page, formAfter(error, body));
    }
  }
}

/** What was typed; what is empty counts as not said. */
function givenIn(body: Record<string, unknown>): Record<string, unknown> {
  const { name, label, issuer, clientId, clientSecret, scopes } = body;
  const given = Object.entries({ name, label, issuer, clientId, clientSecret, scopes });
  return {
    ...Object.fromEntries(given.filter(([, value]) => value !== '')),
    trustsEmail: body.trustsEmail === 'on',
  };
}

function Provider({ provider }: { provider: IdentityProviderDto }) {
  const { id, name, label, issuer, redirectUri, trustsEmail } = provider;
  return (
    <tr>
      <th scope="row">
        {id === null ? (
          <Long text={label} />
        ) : (
          <a href={`${PATH}/${id}`}>
            <Long text={label} />
          </a>
        )}
        <div class="small text-body-secondary fw-normal">
          {id === null ? `${name}, by the environment` : name}
        </div>
      </th>
      <td>
        <Long text={issuer} />
      </td>
      <td>
        <Long text={redirectUri} />
      </td>
      <td>{trustsEmail ? 'yes' : 'no'}</td>
    </tr>
  );
}

function renderAdd(page: PageContext, form: FormState): PageAnswer {
  return showAdmin(page, {
    title: 'Add a provider',
    at: `${PATH}/add`,
    form,
    children: (
      <Form page={page} action={`${PATH}/add`} form={form} class="narrow">
        <Field
          form={form}
          name="name"
          label="Name"
          help="Stands in addresses, and stays. google, microsoft and github are known by it."
          input={{ autocapitalize: 'none', required: true, maxLength: 30 }}
        />
        <ProviderFields form={form} mayTrust={page.user.isSuperuser} />
        <button type="submit" class="btn btn-primary">
          Add the provider
        </button>
      </Form>
    ),
  });
}
