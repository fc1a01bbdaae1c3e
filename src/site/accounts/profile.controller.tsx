import { Body, Get } from '@nestjs/common';
import { ProfileService } from '../../account/profile.service.js';
import { UpdateMeDto } from '../../account/update-me.dto.js';
import { PROFILE_PATH } from '../../http/page-paths.js';
import { AccountIdentitiesService } from '../../federated-login/account-identities.service.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, formAfter, type FormState } from '../kit/forms.js';
import { hostValuesFrom } from '../kit/host-fields.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { PROFILE_PAGE } from './profile.page.js';

/** One's own account. */
@PageController(PROFILE_PATH)
export class ProfileController {
  constructor(
    private readonly profiles: ProfileService,
    private readonly identities: AccountIdentitiesService,
  ) {}

  @Get()
  async show(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    return this.render(page, EMPTY_FORM);
  }

  @FormPost()
  async update(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { firstName, lastName } = body;
    try {
      const profile = await validForm(UpdateMeDto, {
        firstName,
        lastName,
        ...hostValuesFrom('profile', body),
      });
      await this.profiles.update(page.actor, profile);
    } catch (error) {
      return this.render(page, formAfter(error, body));
    }
    page.addMessage('success', 'Your profile was changed.');
    return page.redirect(PROFILE_PATH);
  }

  private async render(page: PageContext, form: FormState): Promise<PageAnswer> {
    const { account, ...ways } = await this.identities.overview(page.user);
    const mayDelete = await this.profiles.mayDelete(page.user);
    return page.showPage(PROFILE_PAGE, { page, form, account, ways, mayDelete }, form);
  }
}
