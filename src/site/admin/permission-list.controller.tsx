import { Get, Query } from '@nestjs/common';
import { RoleListService } from '../../administration/roles/role-list.service.js';
import { AdminSection } from '../../access/admin-section.decorator.js';
import { holds } from '../../access/principal.js';
import { ROLES } from '../../permissions/roles.permissions.js';
import { USERS } from '../../permissions/users.permissions.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { Long } from '../kit/long.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { address, NextPage, pageAskedFor } from '../kit/next-page.js';
import { showAdmin } from '../kit/show-admin.js';
import { Table } from '../kit/table.js';

const PATH = '/admin/permissions';

/** Every permission there is, which roles grant it, and the way to who has it. */
@AdminSection({ path: PATH, title: 'Permissions', permission: ROLES.view, order: 30 })
@PageController(PATH)
export class PermissionListController {
  constructor(private readonly lists: RoleListService) {}

  @Get()
  async list(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const asked = await pageAskedFor(query);
    const { items, nextCursor } = await this.lists.grants(asked);
    return showAdmin(page, {
      title: 'Permissions',
      at: PATH,
      children: (
        <>
          <p>The code of the application defines them; roles and accounts are given them.</p>
          <Table
            label="Permissions"
            headings={['Permission', 'What it allows', 'Granted by', 'Who has it']}
          >
            {items.map(({ codename, description, roles, roleCount }) => (
              <tr>
                <th scope="row">
                  <code>
                    <Long text={codename} />
                  </code>
                </th>
                <td>
                  <Long text={description} />
                </td>
                <td>
                  {roles.map(({ id, name }) => (
                    <a class="me-2 brief" href={`/admin/roles/${id}`}>
                      <Long text={name} />
                    </a>
                  ))}
                  {roleCount > roles.length && `and ${roleCount - roles.length} more`}
                </td>
                <td>
                  {holds(page.user, USERS.view) && (
                    <a
                      href={address('/admin/users', { permission: codename })}
                      aria-label={`Who has it: ${codename}`}
                    >
                      Who has it
                    </a>
                  )}
                </td>
              </tr>
            ))}
          </Table>
          <NextPage path={PATH} isFirst={asked.cursor === undefined} nextCursor={nextCursor} />
        </>
      ),
    });
  }
}
