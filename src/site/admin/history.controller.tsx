import { Get, Query } from '@nestjs/common';
import { RoleListService } from '../../administration/roles/role-list.service.js';
import { UserOffersService } from '../../administration/users/user-offers.service.js';
import { AUDIT } from '../../audit/audit.permissions.js';
import { AuditQueryDto } from '../../audit/audit-query.dto.js';
import { AuditTrailService } from '../../audit/audit-trail.service.js';
import { RequirePermissions } from '../../access/access.decorators.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { ROLES } from '../../permissions/roles.permissions.js';
import { USERS } from '../../permissions/users.permissions.js';
import { validForm } from '../kit/form-validation.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { Events } from './events.js';
import { given, NextPage } from '../kit/next-page.js';
import { roleTabs } from './role-frame.js';
import { showAdmin, type Tab } from '../kit/show-admin.js';
import { userTabs } from './user-frame.js';

/** What happened to one account or role: who, when, and what changed. */
@RequirePermissions(AUDIT.view)
@PageController('/admin')
export class HistoryController {
  constructor(
    private readonly trail: AuditTrailService,
    private readonly offers: UserOffersService,
    private readonly roles: RoleListService,
  ) {}

  @RequirePermissions(USERS.view)
  @Get('users/:id/history')
  async ofUser(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { user, offers } = await this.offers.find(page.user, id);
    const tabs = userTabs(page.user, id, offers);
    return this.show(page, { type: 'user', id }, user.username, tabs, query);
  }

  @RequirePermissions(ROLES.view)
  @Get('roles/:id/history')
  async ofRole(
    @CurrentPage() page: PageContext,
    @IdParam() id: string,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { name } = await this.roles.get(id);
    return this.show(page, { type: 'role', id }, name, roleTabs(page.user, id), query);
  }

  private async show(
    page: PageContext,
    { type, id }: { type: string; id: string },
    title: string,
    tabs: Tab[],
    query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { cursor } = given(query, ['cursor']);
    const asked = { subjectType: type, subjectId: id, ...(cursor !== undefined && { cursor }) };
    const { items, nextCursor } = await this.trail.list(await validForm(AuditQueryDto, asked));
    const path = `/admin/${type}s/${id}/history`;
    return showAdmin(page, {
      title,
      at: path,
      tabs,
      children: (
        <>
          <Events visitor={page.user} events={items} />
          <NextPage path={path} isFirst={cursor === undefined} nextCursor={nextCursor} />
        </>
      ),
    });
  }
}
