import { Get, Query } from '@nestjs/common';
import { AccountSessionsService } from '../../account/account-sessions.service.js';
import { AccountSessionDto } from '../../account/account-session.dto.js';
import { AppError } from '../../http/app-error.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { FormPost } from '../kit/form-post.guard.js';
import { PostButton } from '../kit/forms.js';
import { NextPage, pageAskedFor } from '../kit/next-page.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { Time } from '../kit/time.js';

const PATH = '/accounts/sessions';

/** Where one is signed in. */
@PageController(PATH)
export class SessionsController {
  constructor(private readonly sessions: AccountSessionsService) {}

  @Get()
  async show(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { userId, sessionId } = page.user;
    const asked = await pageAskedFor(query);
    const { items, nextCursor } = await this.sessions.list(userId, asked);
    const isFirst = asked.cursor === undefined;
    return page.show(
      'Your devices',
      <>
        <p>
          You are signed in here. If you do not recognise one, sign it out and change your password.
        </p>
        <ul class="list-group mb-4">
          {items.map((session) => (
            <Device page={page} session={AccountSessionDto.ofCaller(session, sessionId)} />
          ))}
        </ul>
        <NextPage path={PATH} isFirst={isFirst} nextCursor={nextCursor} />
        {(items.length > 1 || !isFirst) && (
          <PostButton page={page} action={`${PATH}/end-others`} class="btn btn-outline-danger">
            Sign out everywhere else
          </PostButton>
        )}
      </>,
    );
  }

  @FormPost('end-others')
  async endOthers(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    await this.sessions.endOthers(page.actor);
    page.addMessage('success', 'You are signed out everywhere else.');
    return page.redirect(PATH);
  }

  @FormPost(':id/end')
  async end(@CurrentPage() page: PageContext, @IdParam() id: string): Promise<PageAnswer> {
    try {
      await this.sessions.end(page.actor, id);
      page.addMessage('success', 'The device is signed out.');
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
      page.addMessage('info', 'That device was signed out already.');
    }
    return page.redirect(PATH);
  }
}

function Device({ page, session }: { page: PageContext; session: AccountSessionDto }) {
  return (
    <li class="list-group-item d-flex flex-wrap align-items-center gap-2">
      <div class="me-auto">
        <strong>{session.device}</strong>{' '}
        {session.current && <span class="badge text-bg-success">this device</span>}
        <div class="small text-body-secondary">
          {session.ip} · signed in <Time at={session.createdAt} /> · last seen{' '}
          <Time at={session.lastSeenAt} />
        </div>
      </div>
      {!session.current && (
        <PostButton
          page={page}
          action={`${PATH}/${session.id}/end`}
          class="btn btn-sm btn-outline-secondary"
          label={`Sign out ${session.device}`}
        >
          Sign out
        </PostButton>
      )}
    </li>
  );
}
