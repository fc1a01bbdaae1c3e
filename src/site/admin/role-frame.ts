import { AUDIT } from '../../audit/audit.permissions.js';
import { holds, type Principal } from '../../access/principal.js';
import type { Tab } from '../kit/show-admin.js';

/** The pages about a role, as far as somebody may see them. */
export function roleTabs(principal: Principal, id: string): Tab[] {
  const path = `/admin/roles/${id}`;
  return [
    { path, title: 'Role' },
    { path: `${path}/permissions`, title: 'Permissions' },
    ...(holds(principal, AUDIT.view) ? [{ path: `${path}/history`, title: 'History' }] : []),
  ];
}
