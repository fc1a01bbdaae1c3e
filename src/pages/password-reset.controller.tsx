import { Body, Get, Query } from '@nestjs/common';
import { ConfirmResetDto, RequestResetDto } from '../account/password.dto.js';
import { PasswordResetService } from '../account/password-reset.service.js';
import { Public } from '../common/access.decorators.js';
import {
  LOGIN_PATH,
  PASSWORD_RESET_CONFIRM_PATH,
  PASSWORD_RESET_PATH,
  withNext,
} from '../common/page-paths.js';
import { AppConfig } from '../config/app-config.js';
import { PASSWORD_PURPOSES } from '../one-time-tokens/one-time-token.entity.js';
import { FormPost } from '../web/form-post.guard.js';
import { validForm, withRepeatedPassword } from '../web/form-validation.js';
import { Field } from '../web/fields.js';
import { EMPTY_FORM, Form, formAfter, type FormState, NextField } from '../web/forms.js';
import { LinkField, type LinkPage, LinkPages, type OpenLink } from './link-pages.js';
import { KeepIdentitiesChoice, tickedIn } from './linked-account.js';
import { PageAnswer } from '../web/page-answer.js';
import { PageController } from '../web/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../web/page-context.js';
import { NewPasswordFields } from './password-fields.js';

const DONE_PATH = `${PASSWORD_RESET_PATH}/done`;

/** The page behind a link to choose a password: another one, or the first of an invited account. */
export const PASSWORD_RESET_LINK: LinkPage = {
  purposes: PASSWORD_PURPOSES,
  path: PASSWORD_RESET_CONFIRM_PATH,
  title: 'Choose a password',
  anew: { path: PASSWORD_RESET_PATH, text: 'Send another link' },
};

/** What the page says, for the first password of an account and for another one. */
const TEXTS = {
  first: {
    title: 'Choose your password',
    what: 'An administrator added this account for the address',
    consequence: 'Your password also confirms that address.',
    label: 'Password',
    button: 'Set the password',
    done: (username: string) => `The password of ${username} is set. You can now sign in with it.`,
  },
  another: {
    title: 'Choose a new password',
    what: 'A new password for the account with the address',
    consequence: 'All devices are signed out.',
    label: 'New password',
    button: 'Change the password',
    done: (username: string) =>
      `The password of ${username} was changed. You can now sign in with it.`,
  },
};

const textsFor = ({ account }: OpenLink) =>
  TEXTS[account.purpose === 'accept_invitation' ? 'first' : 'another'];

/** Forgotten passwords: asking for a link, and choosing a new password with it. */
@Public()
@PageController()
export class PasswordResetController {
  constructor(
    private readonly resets: PasswordResetService,
    private readonly links: LinkPages,
    private readonly config: AppConfig,
  ) {}

  @Get(PASSWORD_RESET_PATH)
  showRequest(@CurrentPage() page: PageContext): PageAnswer {
    return renderRequest(page, EMPTY_FORM);
  }

  @FormPost(PASSWORD_RESET_PATH)
  async request(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    try {
      const { email } = await validForm(RequestResetDto, { email: body.email });
      await this.resets.request(page.actor, email);
    } catch (error) {
      return renderRequest(page, formAfter(error, body));
    }
    page.keepNext();
    return page.redirect(withNext(DONE_PATH, page.next));
  }

  @Get(DONE_PATH)
  showDone(@CurrentPage() page: PageContext): PageAnswer {
    return page.show(
      'Look into your mailbox',
      <>
        <p>
          If there is an account with this address, a link to choose a new password is on its way to
          it.
        </p>
        <p>
          Nothing there? Look for it among unwanted mails, or try the address you registered with.
        </p>
        <p>
          <a href={withNext(LOGIN_PATH, page.next)}>Sign in</a>
        </p>
      </>,
    );
  }

  @Get(PASSWORD_RESET_CONFIRM_PATH)
  async showConfirm(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const link = await this.links.open(page, PASSWORD_RESET_LINK, query);
    return link instanceof PageAnswer ? link : this.renderConfirm(page, link, EMPTY_FORM);
  }

  @FormPost(PASSWORD_RESET_CONFIRM_PATH)
  async confirm(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const link = await this.links.find(page, PASSWORD_RESET_LINK, body.link);
    if (link instanceof PageAnswer) return link;
    const { token } = link;
    try {
      const fields = { token, newPassword: body.password, keepIdentities: tickedIn(body) };
      const { newPassword, keepIdentities } = await withRepeatedPassword(body, () =>
        validForm(ConfirmResetDto, fields),
      );
      await this.resets.confirm(page.actor, token, newPassword, keepIdentities);
    } catch (error) {
      return this.links.showFailure(page, PASSWORD_RESET_LINK, error, () => {
        const form = formAfter(error, body, { newPassword: 'password' });
        return this.renderConfirm(page, link, form, tickedIn(body));
      });
    }
    page.tell('success', textsFor(link).done(link.account.username));
    return page.redirect(withNext(LOGIN_PATH, page.takeNext()));
  }

  private renderConfirm(
    page: PageContext,
    link: OpenLink,
    form: FormState,
    ticked: readonly string[] = [],
  ): PageAnswer {
    const { username, address, identities } = link.account;
    const texts = textsFor(link);
    return page.show(
      texts.title,
      <Form page={page} action={PASSWORD_RESET_CONFIRM_PATH} form={form} class="narrow">
        <LinkField link={link} />
        <p>
          {texts.what} <strong>{address}</strong>. {texts.consequence}
        </p>
        <Named username={username} />
        <NewPasswordFields
          form={form}
          label={texts.label}
          minLength={this.config.passwordMinLength}
        />
        <KeepIdentitiesChoice identities={identities} ticked={ticked} />
        <button type="submit" class="btn btn-primary">
          {texts.button}
        </button>
      </Form>,
      form,
    );
  }
}

/** The account, in a field that nobody writes: password managers keep the new password for it. */
function Named({ username }: { username: string }) {
  return (
    <div class="mb-3">
      <label class="form-label" for="username">
        Account
      </label>
      <input
        type="text"
        id="username"
        class="form-control"
        autocomplete="username"
        value={username}
        readOnly
      />
    </div>
  );
}

function renderRequest(page: PageContext, form: FormState): PageAnswer {
  return page.show(
    'Forgot your password?',
    <Form page={page} action={PASSWORD_RESET_PATH} form={form} class="narrow">
      <NextField next={page.next} />
      <Field
        form={form}
        name="email"
        label="Email address"
        help="A link to choose a new password is sent to the address of your account."
        input={{ type: 'email', autocomplete: 'email', required: true, maxLength: 254 }}
      />
      <button type="submit" class="btn btn-primary">
        Send the link
      </button>
      <p class="mt-3">
        <a href={withNext(LOGIN_PATH, page.next)}>Sign in</a>
      </p>
    </Form>,
    form,
  );
}
