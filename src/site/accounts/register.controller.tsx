import { Body, Get } from '@nestjs/common';
import { RegisterDto } from '../../account/register.dto.js';
import { RegistrationService } from '../../account/registration.service.js';
import { Public } from '../../access/access.decorators.js';
import { LOGIN_PATH, REGISTER_PATH, withNext } from '../../http/page-paths.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { IdentityProvidersService } from '../../federation/identity-providers.service.js';
import { CustomPasswordRules } from '../../passwords/custom-password-rules.js';
import { hasUsernames } from '../../users/usernames.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm, withRepeatedPassword } from '../kit/form-validation.js';
import { EMPTY_FORM, formAfter, type FormState } from '../kit/forms.js';
import { hostValuesFrom } from '../kit/host-fields.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { REGISTER_PAGE } from './register.page.js';

/** Opening an account. */
@PageController(REGISTER_PATH)
export class RegisterController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly providers: IdentityProvidersService,
    private readonly config: AppConfig,
    private readonly passwordRules: CustomPasswordRules,
  ) {}

  @Public()
  @Get()
  async show(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    if (page.principal) return page.redirect(page.next ?? this.config.loginRedirectUrl);
    return this.render(page, EMPTY_FORM);
  }

  @Public()
  @FormPost()
  async register(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { username, email, password } = body;
    try {
      const account = await withRepeatedPassword(body, () =>
        validForm(RegisterDto, {
          ...(hasUsernames() && { username }),
          email,
          password,
          ...hostValuesFrom('registration', body),
        }),
      );
      await this.registration.register(page.actor, account);
    } catch (error) {
      return this.render(page, formAfter(error, body));
    }
    page.addMessage('success', 'Registration successful. You can now log in.');
    if (this.config.emailVerification !== 'none') {
      page.addMessage('info', 'A mail is on its way to you: please confirm your email address.');
    }
    page.keepNext();
    return page.redirect(withNext(LOGIN_PATH, page.next));
  }

  private async render(page: PageContext, form: FormState): Promise<PageAnswer> {
    if (this.config.registration === 'closed') {
      return page.show('Register', <p>Registration is closed. Ask an administrator.</p>, {
        status: 403,
      });
    }
    const providers = await this.providers.shown();
    const { hints } = this.passwordRules;
    return page.showPage(
      REGISTER_PAGE,
      { page, form, providers, minLength: this.config.passwordMinLength, hints },
      form,
    );
  }
}
