import { AppError } from '../common/app-error.js';
import { IdParam } from '../common/id-param.decorator.js';
import { PROFILE_PATH } from '../common/page-paths.js';
import { AccountIdentitiesService } from '../federated-login/account-identities.service.js';
import { FormPost } from '../web/form-post.guard.js';
import type { PageAnswer } from '../web/page-answer.js';
import { PageController } from '../web/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../web/page-context.js';

/** Disconnecting a provider from one's own account. */
@PageController('accounts/identities')
export class IdentitiesController {
  constructor(private readonly identities: AccountIdentitiesService) {}

  @FormPost(':id/disconnect')
  async disconnect(@CurrentPage() page: PageContext, @IdParam() id: string): Promise<PageAnswer> {
    try {
      await this.identities.disconnect(page.actor, id);
      page.addMessage('success', 'It is disconnected: nobody signs in with it any more.');
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 409) throw error;
      page.addMessage('error', error.message);
    }
    return page.redirect(PROFILE_PATH);
  }
}
