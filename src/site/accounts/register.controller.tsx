import { Body, Get } from '@nestjs/common';
import { RegisterDto } from '../../account/register.dto.js';
import { RegistrationService } from '../../account/registration.service.js';
import { Public } from '../../access/access.decorators.js';
import { LOGIN_PATH, REGISTER_PATH, withNext } from '../../http/page-paths.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { IdentityProvidersService } from '../../federation/identity-providers.service.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm, withRepeatedPassword } from '../kit/form-validation.js';
import { Field } from '../kit/fields.js';
import { EMPTY_FORM, Form, formAfter, type FormState, NextField } from '../kit/forms.js';
import { HostInputs, hostValuesFrom } from '../kit/host-fields.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { NewPasswordFields } from './password-fields.js';
import { ProviderButtons } from './provider-buttons.js';

/** Opening an account. */
@PageController(REGISTER_PATH)
export class RegisterController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly providers: IdentityProvidersService,
    private readonly config: AppConfig,
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
          username,
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
    return page.show(
      'Register',
      <>
        <Form page={page} action={REGISTER_PATH} form={form} class="narrow">
          <NextField next={page.next} />
          <Field
            form={form}
            name="username"
            label="Username"
            help="At most 150 letters, digits and @ . + - _ only."
            input={{
              autocomplete: 'username',
              autocapitalize: 'none',
              required: true,
              maxLength: 150,
            }}
          />
          <Field
            form={form}
            name="email"
            label="Email address"
            input={{ type: 'email', autocomplete: 'email', required: true, maxLength: 254 }}
          />
          <HostInputs of="registration" form={form} />
          <NewPasswordFields
            form={form}
            label="Password"
            minLength={this.config.passwordMinLength}
          />
          <button type="submit" class="btn btn-primary">
            Register
          </button>
          <p class="mt-3">
            You have an account? <a href={withNext(LOGIN_PATH, page.next)}>Sign in</a>
          </p>
        </Form>
        <ProviderButtons providers={providers} next={page.next} />
      </>,
      form,
    );
  }
}
