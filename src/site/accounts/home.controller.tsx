import { Get } from '@nestjs/common';
import { Public } from '../../access/access.decorators.js';
import {
  LOGIN_PATH,
  PASSWORD_CHANGE_PATH,
  PROFILE_PATH,
  REGISTER_PATH,
} from '../../http/page-paths.js';
import { AppConfig } from '../../platform/config/app-config.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';

/** The start page. */
@PageController()
export class HomeController {
  constructor(private readonly config: AppConfig) {}

  @Public()
  @Get()
  home(@CurrentPage() page: PageContext): PageAnswer {
    const { principal } = page;
    if (principal) {
      return page.show(
        `Hello ${principal.username}`,
        <>
          <p>You are signed in.</p>
          <ul>
            <li>
              <a href={PROFILE_PATH}>Your profile</a>: names, address, what you may do
            </li>
            <li>
              <a href="/accounts/sessions">Your devices</a>: where you are signed in
            </li>
            <li>
              <a href={PASSWORD_CHANGE_PATH}>Change your password</a>
            </li>
            {page.adminPath !== undefined && (
              <li>
                <a href={page.adminPath}>Administration</a>: accounts, roles, what has happened
              </li>
            )}
            {this.config.swagger && (
              <li>
                <a href="/docs">API documentation</a>
              </li>
            )}
          </ul>
        </>,
      );
    }
    return page.show(
      'Welcome',
      <>
        <p class="lead">Sign in to your account, or open one.</p>
        <p class="d-flex gap-2">
          <a class="btn btn-primary" href={LOGIN_PATH}>
            Sign in
          </a>
          {this.config.registration === 'open' && (
            <a class="btn btn-outline-primary" href={REGISTER_PATH}>
              Register
            </a>
          )}
        </p>
        {this.config.swagger && (
          <p>
            <a href="/docs">API documentation</a>
          </p>
        )}
      </>,
    );
  }
}
