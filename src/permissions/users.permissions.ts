import { definePermissions } from './define-permissions.js';

export const USERS = definePermissions('users', {
  view: 'See accounts, their roles, permissions and sessions',
  add: 'Add accounts',
  change: 'Change, activate and deactivate accounts, and what they may do',
  delete: 'Delete accounts',
});
