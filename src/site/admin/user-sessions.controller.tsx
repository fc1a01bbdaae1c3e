import { Get, Query } from '@nestjs/common';
import { UserOffersService } from '../../administration/users/user-offers.service.js';
import { UserSessionsService } from '../../administration/users/user-sessions.service.js';
import { RequirePermissions } from '../../access/access.decorators.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { USERS } from '../../permissions/users.permissions.js';
import { SessionDto } from '../../sessions/session.dto.js';
import { Form } from '../kit/forms.js';
import { Long } from '../kit/long.js';
import { NextPage, pageAskedFor } from '../kit/next-page.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { Time } from '../kit/time.js';
import { showAdmin } from '../kit/show-admin.js';
import { Table } from '../kit/table.js';
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
