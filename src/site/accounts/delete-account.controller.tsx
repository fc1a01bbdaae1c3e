import { Body, Get } from '@nestjs/common';
import { DeleteMeDto } from '../../account/delete-me.dto.js';
import { DeletionService } from '../../account/deletion.service.js';
import { ProfileService } from '../../account/profile.service.js';
import { PROFILE_PATH } from '../../http/page-paths.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { Field } from '../kit/fields.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { PageSessionsService } from '../kit/page-sessions.service.js';
import { NoPassword } from './no-password.js';

const PATH = '/accounts/delete';

/** Closing one's own account. */
@PageController(PATH)
export class DeleteAccountController {
  constructor(
    private readonly profiles: ProfileService,
    private readonly deletion: DeletionService,
    private readonly sessions: PageSessionsService,
  ) {}

  @Get()
  async show(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    return this.render(page, EMPTY_FORM);
  }

  @FormPost()
  async delete(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    try {
      const { currentPassword } = await validForm(DeleteMeDto, {
        currentPassword: body.currentPassword,
      });
      await this.deletion.delete(page.actor, currentPassword);
    } catch (error) {
      return this.render(page, formAfter(error, body));
    }
    this.sessions.forget(page);
    page.addMessage('success', 'Your account was deleted.');
    return page.redirect('/');
  }

  private async render(page: PageContext, form: FormState): Promise<PageAnswer> {
    if (!(await this.profiles.mayDelete(page.user))) return showLastSuperuser(page);
    const hasPassword = await this.profiles.hasPassword(page.user.userId);
    return page.show(
      'Delete your account',
      <>
        <NoPassword isShown={!hasPassword} />
        <Form page={page} action={PATH} form={form} class="narrow" account={page.user.username}>
          <p>
            This deletes your account and everything in it, for good, and signs you out everywhere.
            Nobody can undo it.
          </p>
          <Field
            form={form}
            name="currentPassword"
            label="Current password"
            input={{ type: 'password', autocomplete: 'current-password', required: true }}
          />
          <button type="submit" class="btn btn-danger">
            Delete the account
          </button>{' '}
          <a class="btn btn-outline-secondary" href={PROFILE_PATH}>
            Keep it
          </a>
        </Form>
      </>,
      form,
    );
  }
}

function showLastSuperuser(page: PageContext): PageAnswer {
  return page.show(
    'Delete your account',
    <p>
      You are the last active superuser, so your account cannot be deleted. Make another account a
      superuser first. <a href={PROFILE_PATH}>Back to your profile</a>
    </p>,
  );
}
