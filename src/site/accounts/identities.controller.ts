import { AppError } from '../../http/app-error.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { PROFILE_PATH } from '../../http/page-paths.js';
import { AccountIdentitiesService } from '../../federated-login/account-identities.service.js';
import { FormPost } from '../kit/form-post.guard.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';

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
