import { AUDIT } from '../../audit/audit.permissions.js';
import type { PermissionCodename } from '../../access/access.decorators.js';
import { holds, type Principal } from '../../access/principal.js';
import { IDENTITY_PROVIDERS } from '../../federation/identity-providers.permissions.js';
import { EMAILS } from '../../platform/email/emails.permissions.js';
import { ROLES } from '../../permissions/roles.permissions.js';
import { USERS } from '../../permissions/users.permissions.js';

export const ADMIN_PATH = '/admin';

interface AdminSection {
  path: string;
  title: string;
  permission: PermissionCodename;
}

/** The parts of the administration, and what opens each. */
export const ADMIN_SECTIONS: readonly AdminSection[] = [
  { path: '/admin/users', title: 'Users', permission: USERS.view },
  { path: '/admin/roles', title: 'Roles', permission: ROLES.view },
  { path: '/admin/permissions', title: 'Permissions', permission: ROLES.view },
  { path: '/admin/providers', title: 'Providers', permission: IDENTITY_PROVIDERS.view },
  { path: '/admin/audit', title: 'Audit trail', permission: AUDIT.view },
  { path: '/admin/mail', title: 'Mail', permission: EMAILS.view },
  { path: '/admin/access', title: 'Routes', permission: ROLES.view },
];

const permissions = new Set(ADMIN_SECTIONS.map(({ permission }) => permission));

/** The permissions of which each opens a section, and with it the administration. */
export const ADMIN_PERMISSIONS = [...permissions] as [PermissionCodename, ...PermissionCodename[]];

/** The permissions of which each shows something on the overview. */
export const OVERVIEW_PERMISSIONS: readonly PermissionCodename[] = [
  USERS.view,
  AUDIT.view,
  EMAILS.view,
];

/** The sections that a visitor may open. */
export function adminSectionsOf(principal: Principal): AdminSection[] {
  return ADMIN_SECTIONS.filter(({ permission }) => holds(principal, permission));
}
