import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';

/** For a public handler that knows its caller when there is one. A dead token counts as none. */
@Injectable()
export class OptionalJwtAuthGuard extends JwtAuthGuard {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (headers.authorization === undefined) return true;
    try {
      await this.identify(context);
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 401) throw error;
    }
    return true;
  }
}
