import { Body, Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConfirmResetDto, RequestResetDto } from '../account/password.dto.js';
import { PasswordResetService } from '../account/password-reset.service.js';
import { Public } from '../common/access.decorators.js';
import { PASSWORD_RESET_CONFIRM_PATH, PASSWORD_RESET_PATH } from '../common/page-paths.js';
import { AppConfig } from '../config/app-config.js';
import { FormPost } from '../web/form-post.guard.js';
import { validForm, withRepeatedPassword } from '../web/form-validation.js';
import { Field } from '../web/fields.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../web/forms.js';
import { isDeadLink, LinkPages, showDeadLink } from './link-pages.js';
import { PageController } from '../web/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../web/page-context.js';
import { NewPasswordFields } from './password-fields.js';

const TITLE = 'Choose a new password';

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
  showRequest(@CurrentPage() page: PageContext): void {
    renderRequest(page, EMPTY_FORM);
  }

  @FormPost(PASSWORD_RESET_PATH)
  async request(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<void> {
    try {
      const { email } = await validForm(RequestResetDto, { email: body.email });
      await this.resets.request(page.actor, email);
    } catch (error) {
      return renderRequest(page, formAfter(error, body));
    }
    return page.redirect(`${PASSWORD_RESET_PATH}/done`);
  }

  @Get(`${PASSWORD_RESET_PATH}/done`)
  showDone(@CurrentPage() page: PageContext): void {
    page.show(
      'Look into your mailbox',
      <>
        <p>
          If there is an account with this address, a link to choose a new password is on its way to
          it.
        </p>
        <p>
          Nothing there? Look for it among unwanted mails, or try the address you registered with.
        </p>
      </>,
    );
  }

  @Get(PASSWORD_RESET_CONFIRM_PATH)
  showConfirm(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CurrentPage() page: PageContext,
    @Query('token') token?: unknown,
  ): void {
    if (this.links.hasSwapped(reply, page, PASSWORD_RESET_CONFIRM_PATH, token)) return;
    const isOpened = this.links.tokenOf(request, PASSWORD_RESET_CONFIRM_PATH) !== undefined;
    return isOpened ? this.renderConfirm(page, EMPTY_FORM) : showDeadLink(page, TITLE);
  }

  @FormPost(PASSWORD_RESET_CONFIRM_PATH)
  async confirm(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<void> {
    const token = this.links.tokenOf(request, PASSWORD_RESET_CONFIRM_PATH);
    if (!token) return showDeadLink(page, TITLE);
    try {
      const { newPassword } = await withRepeatedPassword(body, () =>
        validForm(ConfirmResetDto, { token, newPassword: body.password }),
      );
      await this.resets.confirm(page.actor, token, newPassword);
    } catch (error) {
      if (isDeadLink(error)) return showDeadLink(page, TITLE);
      return this.renderConfirm(page, formAfter(error, body, { newPassword: 'password' }));
    }
    this.links.forget(reply, PASSWORD_RESET_CONFIRM_PATH);
    page.tell('success', 'Your password was changed. You can now sign in with it.');
    return page.redirect('/accounts/login');
  }

  private renderConfirm(page: PageContext, form: FormState): void {
    page.show(
      TITLE,
      <Form page={page} action={PASSWORD_RESET_CONFIRM_PATH} form={form} class="narrow">
        <NewPasswordFields
          form={form}
          label="New password"
          minLength={this.config.passwordMinLength}
        />
        <button type="submit" class="btn btn-primary">
          Change the password
        </button>
      </Form>,
      form,
    );
  }
}

function renderRequest(page: PageContext, form: FormState): void {
  page.show(
    'Forgot your password?',
    <Form page={page} action={PASSWORD_RESET_PATH} form={form} class="narrow">
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
    </Form>,
    form,
  );
}
