import { Get } from '@nestjs/common';
import { AccessTable } from '../auth/access-table.js';
import { RequirePermissions } from '../common/access.decorators.js';
import { whoMay } from '../common/access.js';
import { ROLES } from '../permissions/roles.permissions.js';
import type { PageAnswer } from '../web/page-answer.js';
import { PageController } from '../web/page-controller.decorator.js';
import { Long } from '../web/long.js';
import { CurrentPage, type PageContext } from '../web/page-context.js';
import { showAdmin } from './show-admin.js';
import { Table } from './table.js';

const PATH = '/admin/access';

/** Who may call which route: what the running application holds, not what a page says. */
@RequirePermissions(ROLES.view)
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
