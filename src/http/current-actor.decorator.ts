import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { clientOf, type Client } from './current-client.decorator.js';
import type { Principal } from '../access/principal.js';

/** Who does something, through which door and from where: what the audit trail records of a change. */
export interface Actor {
  origin: 'api' | 'page' | 'cli' | 'system';
  /** Absent for a visitor, the command line and the application itself. */
  principal?: Principal | undefined;
  client?: Client;
}

/** The sender of a request, signed in or not. */
export interface CallingActor extends Actor {
  client: Client;
}

/** The sender of a request who is signed in. */
export interface SignedInActor extends CallingActor {
  principal: Principal;
}

/** The operator of the machine. */
export const OPERATOR: Actor = { origin: 'cli' };

/** The application by itself. */
export const SYSTEM: Actor = { origin: 'system' };

/** Injects the `Actor` of the request; on a route that is not public it is a `SignedInActor`. */
export const CurrentActor = createParamDecorator(
  (_: unknown, context: ExecutionContext): CallingActor => {
    const request = context.switchToHttp().getRequest<FastifyRequest & { user?: Principal }>();
    return { origin: 'api', principal: request.user, client: clientOf(request) };
  },
);
