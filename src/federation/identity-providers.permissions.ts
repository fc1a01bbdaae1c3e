import { definePermissions } from '../access/define-permissions.js';

export const IDENTITY_PROVIDERS = definePermissions('identity-providers', {
  view: 'See by which providers people can sign in',
  add: 'Add providers that people can sign in with',
  change: 'Change providers that people can sign in with',
  delete: 'Delete providers that people can sign in with',
});
