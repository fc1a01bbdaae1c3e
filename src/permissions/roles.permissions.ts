import { definePermissions } from '../access/define-permissions.js';

export const ROLES = definePermissions('roles', {
  view: 'See roles and the permissions they grant',
  add: 'Add roles',
  change: 'Change roles and the permissions they grant',
  delete: 'Delete roles',
});
