import { Body, Get } from '@nestjs/common';
import { ChangePasswordDto } from '../../account/password.dto.js';
import { PasswordChangeService } from '../../account/password-change.service.js';
import { PASSWORD_CHANGE_PATH, PROFILE_PATH } from '../../http/page-paths.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { ProfileService } from '../../account/profile.service.js';
import { CustomPasswordRules } from '../../passwords/custom-password-rules.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm, withRepeatedPassword } from '../kit/form-validation.js';
import { Field } from '../kit/fields.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { NewPasswordFields } from './password-fields.js';
import { NoPassword } from './no-password.js';

const PATH = PASSWORD_CHANGE_PATH;

/** Changing one's own password. */
@PageController(PATH)
export class PasswordChangeController {
  constructor(
    private readonly profiles: ProfileService,
    private readonly changes: PasswordChangeService,
    private readonly config: AppConfig,
    private readonly passwordRules: CustomPasswordRules,
  ) {}

  @Get()
  async show(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    return this.render(page, EMPTY_FORM);
  }

  @FormPost()
  async change(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { currentPassword, password: newPassword } = body;
    try {
      const valid = await withRepeatedPassword(body, () =>
        validForm(ChangePasswordDto, { currentPassword, newPassword }),
      );
      await this.changes.changePassword(page.actor, valid.currentPassword, valid.newPassword);
    } catch (error) {
      return this.render(page, formAfter(error, body, { newPassword: 'password' }));
    }
    page.addMessage('success', 'Your password was changed. All other devices are signed out.');
    return page.redirect(PROFILE_PATH);
  }

  private async render(page: PageContext, form: FormState): Promise<PageAnswer> {
    const hasPassword = await this.profiles.hasPassword(page.user.userId);
    return page.show(
      'Change your password',
      <>
        <NoPassword isShown={!hasPassword} />
        <Form page={page} action={PATH} form={form} class="narrow" account={page.user.username}>
          <Field
            form={form}
            name="currentPassword"
            label="Current password"
            input={{ type: 'password', autocomplete: 'current-password', required: true }}
          />
          <NewPasswordFields
            form={form}
            label="New password"
            minLength={this.config.passwordMinLength}
            hints={this.passwordRules.hints}
          />
          <button type="submit" class="btn btn-primary">
            Change the password
          </button>
        </Form>
      </>,
      form,
    );
  }
}
