import { Body, Get } from '@nestjs/common';
import { ChangeEmailDto } from '../../account/email.dto.js';
import { EmailChangeService } from '../../account/email-change.service.js';
import { EmailVerificationService } from '../../account/email-verification.service.js';
import { LoginDto } from '../../auth/login.dto.js';
import { Public } from '../../access/access.decorators.js';
import { LOGIN_PATH, PROFILE_PATH, withNext } from '../../http/page-paths.js';
import { ProfileService } from '../../account/profile.service.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { Field } from '../kit/fields.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { NoPassword } from './no-password.js';

const PATH = '/accounts/email/change';
const ON_ITS_WAY = 'A mail is on its way to you: please confirm your email address.';

/** Asking for links that prove an address. */
@PageController('accounts/email')
export class EmailChangeController {
  constructor(
    private readonly profiles: ProfileService,
    private readonly changes: EmailChangeService,
    private readonly verification: EmailVerificationService,
  ) {}

  @Get('change')
  async show(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    return this.render(page, EMPTY_FORM);
  }

  @FormPost('change')
  async change(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { email: newEmail, currentPassword } = body;
    try {
      const valid = await validForm(ChangeEmailDto, { newEmail, currentPassword });
      await this.changes.requestEmailChange(page.actor, valid.newEmail, valid.currentPassword);
    } catch (error) {
      return this.render(page, formAfter(error, body, { newEmail: 'email' }));
    }
    page.addMessage(
      'info',
      'A mail is on its way to the new address. Until you confirm it, the old one stays.',
    );
    return page.redirect(PROFILE_PATH);
  }

  @FormPost('verify/again')
  async resend(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    await this.verification.resend(page.actor);
    page.addMessage('info', ON_ITS_WAY);
    return page.redirect(PROFILE_PATH);
  }

  /** For who cannot sign in before the address is proven. */
  @Public()
  @FormPost('verify/resend')
  async resendWithPassword(
    @CurrentPage() page: PageContext,
    @Body() { username, password }: Record<string, unknown>,
  ): Promise<PageAnswer> {
    try {
      const valid = await validForm(LoginDto, { username, password });
      await this.verification.resendWithPassword(page.actor, valid.username, valid.password);
      page.addMessage('info', ON_ITS_WAY);
    } catch (error) {
      const { errors, status } = formAfter(error, {});
      // The page of that failure says when to come back.
      if (status === 429) throw error;
      page.addMessage('error', errors[0]!.message);
    }
    return page.redirect(withNext(LOGIN_PATH, page.next));
  }

  private async render(page: PageContext, form: FormState): Promise<PageAnswer> {
    const hasPassword = await this.profiles.hasPassword(page.user.userId);
    return page.show(
      'Change your email address',
      <>
        <NoPassword isShown={!hasPassword} />
        <Form page={page} action={PATH} form={form} class="narrow" account={page.user.username}>
          <Field
            form={form}
            name="email"
            label="New email address"
            help="A link is sent there. Until you open it, the old address stays."
            input={{ type: 'email', autocomplete: 'email', required: true, maxLength: 254 }}
          />
          <Field
            form={form}
            name="currentPassword"
            label="Current password"
            input={{ type: 'password', autocomplete: 'current-password', required: true }}
          />
          <button type="submit" class="btn btn-primary">
            Send the link
          </button>
        </Form>
      </>,
      form,
    );
  }
}
