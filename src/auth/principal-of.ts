import type { ExecutionContext } from '@nestjs/common';
import { AppError } from '../http/app-error.js';
import type { Principal } from '../access/principal.js';

/** The caller that `JwtAuthGuard` has found; a guard that needs one behind a public route gets 401. */
export function principalOf(context: ExecutionContext): Principal {
  const { user } = context.switchToHttp().getRequest<{ user?: Principal }>();
  if (!user) throw new AppError('authentication_required');
  return user;
}
