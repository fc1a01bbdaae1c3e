import { definePermissions } from '../common/define-permissions.js';

export const AUDIT = definePermissions('audit', { view: 'Read the audit trail' });
