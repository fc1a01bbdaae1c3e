import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../http/app-error.js';
import { canonicalIp } from '../../http/client-ip.js';
import { isLoopback, isLoopbackAddress } from '../../common/loopback.js';

/**
 * Lets only this machine look at the mailbox, which holds links that open accounts: the socket decides, as
 * everybody can write a header. A site that has its own name point to this machine (DNS rebinding) is told by
 * Host, and visitors of a proxy on this machine by what it adds. Throws `AppError` 404.
 */
@Injectable()
export class MailboxGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { socket, headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const { host = '', forwarded } = headers;
    const hops = [headers['x-forwarded-for'] ?? []].flat().join().split(',').filter(Boolean);
    const isFromHere =
      forwarded === undefined &&
      [socket.remoteAddress, ...hops.map((hop) => hop.trim())].every((address) =>
        isLoopbackAddress(canonicalIp(address)),
      );
    if (isFromHere && isLoopback(host.replace(/:\d+$/, ''))) return true;
    throw new AppError('not_found');
  }
}
