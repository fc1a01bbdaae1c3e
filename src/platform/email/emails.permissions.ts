import { definePermissions } from '../../access/define-permissions.js';

export const EMAILS = definePermissions('mails', {
  view: 'See mails that wait or were given up: to whom, about what, and why',
  retry: 'Have mails tried again',
});
