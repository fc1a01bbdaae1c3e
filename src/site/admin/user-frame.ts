import type { UserOffers } from '../../administration/users/user-offers.service.js';
import { AUDIT } from '../../audit/audit.permissions.js';
import { holds, type Principal } from '../../access/principal.js';
import type { Tab } from '../kit/show-admin.js';

/** The pages about an account, as far as somebody may see them. */
export function userTabs(principal: Principal, id: string, { mayChange }: UserOffers): Tab[] {
  const path = `/admin/users/${id}`;
  return [
    { path, title: 'Account' },
    { path: `${path}/powers`, title: 'Roles and permissions' },
    ...(mayChange ? [{ path: `${path}/sessions`, title: 'Sessions' }] : []),
    ...(holds(principal, AUDIT.view) ? [{ path: `${path}/history`, title: 'History' }] : []),
  ];
}
