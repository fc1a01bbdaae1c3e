import { Body, Get } from '@nestjs/common';
import { LoginDto } from '../../auth/login.dto.js';
import { LoginService } from '../../auth/login.service.js';
import { LogoutService } from '../../auth/logout.service.js';
import { Public } from '../../access/access.decorators.js';
import { LOGIN_PATH } from '../../http/page-paths.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { IdentityProvidersService } from '../../federation/identity-providers.service.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, formAfter, type FormState, PostButton } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { PageSessionsService } from '../kit/page-sessions.service.js';
import { LOGIN_PAGE } from './login.page.js';

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
    const providers = await this.providers.shown();
    return page.showPage(
      LOGIN_PAGE,
      { page, form, providers, mayRegister: this.config.registration === 'open' },
      form,
    );
  }
}
