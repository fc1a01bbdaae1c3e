import { Body, Get } from '@nestjs/common';
import { LoginDto } from '../../auth/login.dto.js';
import { LoginService } from '../../auth/login.service.js';
import { LogoutService } from '../../auth/logout.service.js';
import { Public } from '../../access/access.decorators.js';
import { LOGIN_PATH, PASSWORD_RESET_PATH, REGISTER_PATH, withNext } from '../../http/page-paths.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { IdentityProvidersService } from '../../federation/identity-providers.service.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { Field } from '../kit/fields.js';
import {
  EMPTY_FORM,
  Form,
  formAfter,
  type FormState,
  NextField,
  PostButton,
} from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { PageSessionsService } from '../kit/page-sessions.service.js';
import { ProviderButtons } from './provider-buttons.js';

/** Signing in and out. */
@PageController('accounts')
export class LoginController {
  constructor(
    private readonly logins: LoginService,
    private readonly logouts: LogoutService,
    private readonly sessions: PageSessionsService,
    private readonly providers: IdentityProvidersService,
    private readonly config: AppConfig,
  ) {}

  @Public()
  @Get('login')
  async show(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    if (page.principal) return page.redirect(page.next ?? this.config.loginRedirectUrl);
    return this.render(page, EMPTY_FORM);
  }

  @Public()
  @FormPost('login')
  async login(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    try {
      const { username, password } = body;
      const credentials = await validForm(LoginDto, { username, password });
      const found = await this.logins.authenticate(
        page.actor,
        credentials.username,
        credentials.password,
      );
      const isRemembered = body.remember === 'on';
      const { session } = await this.logins.complete(page.actor, found, { isRemembered });
      // Whoever was signed in with this browser is so no longer.
      if (page.principal) await this.logouts.logout(page.actor);
      this.sessions.begin(page, session, isRemembered);
    } catch (error) {
      return this.render(page, formAfter(error, body));
    }
    page.takeNext();
    page.addMessage('success', 'You are signed in.');
    return page.redirect(page.next ?? this.config.loginRedirectUrl);
  }

  /** Signing out takes a form, because another site can have a browser open an address. */
  @Public()
  @Get('logout')
  showLogout(@CurrentPage() page: PageContext): PageAnswer {
    const { principal } = page;
    return page.show(
      'Sign out',
      <>
        <p>
          {principal
            ? `You are signed in as ${principal.username}.`
            : 'You are not signed in. Sign out again to clear what this browser has kept.'}
        </p>
        <div class="d-flex gap-2">
          <PostButton page={page} action="/accounts/logout">
            Sign out
          </PostButton>
          <a class="btn btn-outline-secondary" href={principal ? '/' : LOGIN_PATH}>
            {principal ? 'Stay signed in' : 'Sign in'}
          </a>
        </div>
      </>,
    );
  }

  @Public()
  @FormPost('logout')
  async logout(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    if (page.principal) await this.logouts.logout(page.actor);
    this.sessions.forget(page);
    page.addMessage('success', 'You are signed out.');
    return page.redirect(this.config.logoutRedirectUrl);
  }

  private async render(page: PageContext, form: FormState): Promise<PageAnswer> {
    const { next } = page;
    const providers = await this.providers.shown();
    const isUnverified = form.errors.some(({ code }) => code === 'email_not_verified');
    return page.show(
      'Sign in',
      <>
        <Form page={page} action={LOGIN_PATH} form={form} class="narrow">
          <NextField next={next} />
          <Field
            form={form}
            name="username"
            label="Username or email address"
            input={{
              autocomplete: 'username',
              autocapitalize: 'none',
              required: true,
              maxLength: 254,
            }}
          />
          <Field
            form={form}
            name="password"
            label="Password"
            input={{ type: 'password', autocomplete: 'current-password', required: true }}
          />
          <div class="form-check mb-3">
            <input
              class="form-check-input"
              type="checkbox"
              id="remember"
              name="remember"
              checked={form.values.remember === 'on'}
            />
            <label class="form-check-label" for="remember">
              Stay signed in on this device
            </label>
          </div>
          <button type="submit" class="btn btn-primary">
            Sign in
          </button>
          {isUnverified && (
            <button
              type="submit"
              class="btn btn-outline-primary ms-2"
              formaction="/accounts/email/verify/resend"
            >
              Type the password again and send the mail again
            </button>
          )}
          <p class="mt-3">
            <a href={withNext(PASSWORD_RESET_PATH, next)}>Forgot your password?</a>
            {this.config.registration === 'open' && (
              <>
                {' '}
                · <a href={withNext(REGISTER_PATH, next)}>Register</a>
              </>
            )}
          </p>
        </Form>
        <ProviderButtons providers={providers} next={next} />
      </>,
      form,
    );
  }
}
