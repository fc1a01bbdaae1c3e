import { Body, Get, Query } from '@nestjs/common';
import { ProfileService } from '../../account/profile.service.js';
import { LoginService } from '../../auth/login.service.js';
import { ReauthenticateDto } from '../../auth/reauthenticate.dto.js';
import { AppError } from '../../http/app-error.js';
import { REAUTHENTICATE_PATH } from '../../http/page-paths.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { FederatedReauthenticationService } from '../../federated-login/federated-reauthentication.service.js';
import { Field } from '../kit/fields.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import { SignInFirst } from '../kit/page-auth.guard.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { PageSessionsService } from '../kit/page-sessions.service.js';
import { safeNext } from '../kit/safe-next.js';
import { NoPassword } from './no-password.js';
import { ProviderButtons } from './provider-buttons.js';

/** Signing in again without signing out, for what `@RequireRecentLogin()` guards (ASVS 7.5.3). */
@PageController(REAUTHENTICATE_PATH)
export class ReauthenticationController {
  constructor(
    private readonly logins: LoginService,
    private readonly profiles: ProfileService,
    private readonly reauthentication: FederatedReauthenticationService,
    private readonly sessions: PageSessionsService,
    private readonly config: AppConfig,
  ) {}

  @Get()
  async show(@CurrentPage() page: PageContext, @Query('next') next?: unknown): Promise<PageAnswer> {
    return this.render(page, EMPTY_FORM, this.targetOf(next));
  }

  /** A new session takes the place of this one, with a new cookie (ASVS 7.2.4). */
  @FormPost()
  async signInAgain(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const target = this.targetOf(body.next);
    try {
      const { password } = await validForm(ReauthenticateDto, { password: body.password });
      const found = await this.logins.authenticateAgain(page.actor, password, 'password');
      const { session } = await this.logins.complete(page.actor, found, {
        replaced: page.user,
        isRemembered: this.sessions.isRemembered(page),
      });
      this.sessions.replace(page, session);
    } catch (error) {
      // It has ended meanwhile: this is no way to stay.
      if (error instanceof AppError && error.status === 401) throw new SignInFirst(target, true);
      return this.render(page, formAfter(error, body), target);
    }
    return page.redirect(target);
  }

  private targetOf(next: unknown): string {
    return safeNext(next, this.config.publicUrl) ?? this.config.loginRedirectUrl;
  }

  private async render(page: PageContext, form: FormState, target: string): Promise<PageAnswer> {
    const { username, userId } = page.user;
    const hasPassword = await this.profiles.hasPassword(userId);
    const providers = await this.reauthentication.providersOf(userId);
    return page.show(
      'Is it still you?',
      <>
        <p class="narrow">
          You are signed in as <strong>{username}</strong>. What comes next asks for a recent
          sign-in.
        </p>
        <NoPassword isShown={!hasPassword && providers.length === 0} />
        {(hasPassword || providers.length === 0) && (
          <Form
            page={page}
            action={REAUTHENTICATE_PATH}
            form={form}
            class="narrow"
            account={username}
          >
            <input type="hidden" name="next" value={target} />
            <Field
              form={form}
              name="password"
              label="Password"
              input={{ type: 'password', autocomplete: 'current-password', required: true }}
            />
            <button type="submit" class="btn btn-primary">
              Go on
            </button>
          </Form>
        )}
        <ProviderButtons providers={providers} next={target} again />
      </>,
      form,
    );
  }
}
