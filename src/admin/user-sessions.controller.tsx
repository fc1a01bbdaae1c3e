import { Get, Query } from '@nestjs/common';
import { UserOffersService } from '../administration/user-offers.service.js';
import { UserSessionsService } from '../administration/user-sessions.service.js';
import { RequirePermissions } from '../common/access.decorators.js';
import { IdParam } from '../common/id-param.decorator.js';
import { USERS } from '../permissions/users.permissions.js';
import { SessionDto } from '../sessions/session.dto.js';
import { Form } from '../web/forms.js';
import { Long } from '../web/long.js';
import { NextPage, pageAskedFor } from '../web/next-page.js';
import type { PageAnswer } from '../web/page-answer.js';
import { PageController } from '../web/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../web/page-context.js';
import { Time } from '../web/time.js';
import { showAdmin } from './show-admin.js';
import { Table } from './table.js';
import { ActionButtons } from './user-action-buttons.js';
import { userTabs } from './user-frame.js';

/** Where an account is signed in. */
@RequirePermissions(USERS.view, USERS.change)
@PageController('/admin/users/:id/sessions')
export class AdminUserSessionsController {
  constructor(
    private readonly offers: UserOffersService,
    private readonly sessions: UserSessionsService,
  ) {}

  @Get()
  async show(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { user, offers } = await this.offers.find(page.user, id);
    const asked = await pageAskedFor(query);
    const { items, nextCursor } = await this.sessions.list(page.actor, id, asked);
    const sessions = items.map((one) => SessionDto.of(one));
    const path = `/admin/users/${id}`;
    return showAdmin(page, {
      title: user.username,
      at: `${path}/sessions`,
      tabs: userTabs(page.user, id, offers),
      children:
        sessions.length === 0 ? (
          <p>Signed in nowhere.</p>
        ) : (
          <>
            <Table label="Sessions" headings={['Device', 'Address', 'Signed in', 'Last seen']}>
              {sessions.map(({ device, userAgent, ip, createdAt, lastSeenAt }) => (
                <tr>
                  <th scope="row">
                    <Long text={device} />
                    <div class="small fw-normal text-body-secondary">
                      <Long text={userAgent} />
                    </div>
                  </th>
                  <td>{ip}</td>
                  <td class="text-nowrap">
                    <Time at={createdAt} />
                  </td>
                  <td class="text-nowrap">
                    <Time at={lastSeenAt} />
                  </td>
                </tr>
              ))}
            </Table>
            <NextPage
              path={`${path}/sessions`}
              isFirst={asked.cursor === undefined}
              nextCursor={nextCursor}
            />
            <Form page={page} action={path}>
              <input type="hidden" name="ids" value={id} />
              <ActionButtons page={page} actions={['end-sessions']} />
            </Form>
          </>
        ),
    });
  }
}
