import { definePermissions } from '../access/define-permissions.js';

export const USERS = definePermissions('users', {
  view: 'See accounts, their roles and permissions',
  add: 'Add accounts',
  change: 'Change accounts, their roles, permissions and sessions',
  delete: 'Delete accounts',
});
