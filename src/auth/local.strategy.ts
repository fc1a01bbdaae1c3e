import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-local';
import { type AuthenticatedUser, LoginService } from './login.service.js';

/** Username or email address, and password, as `LocalAuthGuard` has validated them. */
@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy, 'local') {
  constructor(private readonly login: LoginService) {
    super({ session: false });
  }

  async validate(username: string, password: string): Promise<AuthenticatedUser | false> {
    return (await this.login.authenticate(username, password)) ?? false;
  }
}
