import { Get } from '@nestjs/common';
import { AccessTable } from '../../auth/access-table.js';
import { AdminSection } from '../../access/admin-section.decorator.js';
import { whoMay } from '../../access/access.js';
import { ROLES } from '../../permissions/roles.permissions.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { Long } from '../kit/long.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { showAdmin } from '../kit/show-admin.js';
import { Table } from '../kit/table.js';

const PATH = '/admin/access';

/** Who may call which route: what the running application holds, not what a page says. */
@AdminSection({ path: PATH, title: 'Routes', permission: ROLES.view, order: 70 })
@PageController(PATH)
export class AccessController {
  constructor(private readonly table: AccessTable) {}

  @Get()
  show(@CurrentPage() page: PageContext): PageAnswer {
    return showAdmin(page, {
      title: 'Routes',
      at: PATH,
      children: (
        <Table label="Routes" headings={['Method', 'Path', 'Who']}>
          {this.table.routes.map(({ method, path, access }) => (
            <tr>
              <td>{method}</td>
              <th scope="row">
                <code>{path}</code>
              </th>
              <td>
                <Long text={whoMay(access)} />
              </td>
            </tr>
          ))}
        </Table>
      ),
    });
  }
}
