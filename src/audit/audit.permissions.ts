import { definePermissions } from '../access/define-permissions.js';

export const AUDIT = definePermissions('audit', { view: 'Read the audit trail' });
