import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-local';
import { clientOf } from '../http/current-client.decorator.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import { LoginService } from './login.service.js';

/** Its name in Passport, which all strategies of a process share. */
export const LOCAL_STRATEGY = 'gatehouse-local';

/** Username or email address, and password, as `LocalAuthGuard` has validated them. */
@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy, LOCAL_STRATEGY) {
  constructor(private readonly login: LoginService) {
    super({ session: false, passReqToCallback: true });
  }

  async validate(
    request: FastifyRequest,
    username: string,
    password: string,
  ): Promise<AuthenticatedUser> {
    const actor = { origin: 'api' as const, client: clientOf(request) };
    return this.login.authenticate(actor, username, password);
  }
}
