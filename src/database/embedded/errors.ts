import { OperatorError } from '../../common/operator-error.js';

/** The embedded PostgreSQL cannot be used, and trying again would not help. The message says what to do. */
export class EmbeddedPostgresError extends OperatorError {}
