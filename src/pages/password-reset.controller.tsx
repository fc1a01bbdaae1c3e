import { Body, Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConfirmResetDto, RequestResetDto } from '../account/password.dto.js';
import { PasswordResetService } from '../account/password-reset.service.js';
import { Public } from '../common/access.decorators.js';
import { AppError, type Finding } from '../common/app-error.js';
import { type Actor, CurrentActor } from '../common/current-actor.decorator.js';
import { PASSWORD_RESET_CONFIRM_PATH, PASSWORD_RESET_PATH } from '../common/page-paths.js';
import { RequestValidationPipe } from '../common/validation.pipe.js';
import { FormPost } from './form-post.guard.js';
import { FieldErrors } from './layout.js';
import { LinkCookie } from './link-cookie.js';
import { sendDeadLink } from './link-pages.js';
import { sendPage } from './send-page.js';

const TITLE = 'Choose a new password';

/** Forgotten passwords: asking for a link, and choosing a new password with it. */
@ApiExcludeController()
@Public()
@Controller()
export class PasswordResetController {
  private readonly validation = new RequestValidationPipe();

  constructor(
    private readonly resets: PasswordResetService,
    private readonly cookie: LinkCookie,
  ) {}

  @Get(PASSWORD_RESET_PATH)
  showRequest(@Res() reply: FastifyReply): void {
    sendPage(reply, 'Forgot your password?', <RequestForm email="" errors={[]} />);
  }

  @FormPost(PASSWORD_RESET_PATH)
  async request(@Res() reply: FastifyReply, @Body() body: Record<string, unknown>): Promise<void> {
    try {
      const { email } = await this.valid(RequestResetDto, { email: body?.email });
      await this.resets.request(email);
    } catch (error) {
      const errors = findingsOf(error);
      const form = <RequestForm email={textOf(body?.email)} errors={errors} />;
      return sendPage(reply, 'Forgot your password?', form, 422);
    }
    return sendPage(
      reply,
      'Look into your mailbox',
      <p role="status">If there is an account with this address, a link is on its way to it.</p>,
    );
  }

  @Get(PASSWORD_RESET_CONFIRM_PATH)
  showConfirm(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query('token') token?: string,
  ): void {
    const path = PASSWORD_RESET_CONFIRM_PATH;
    if (typeof token === 'string' && token) return this.cookie.swap(reply, path, token);
    if (!this.cookie.read(request, path)) return sendDeadLink(reply, TITLE);
    return sendPage(reply, TITLE, <PasswordForm errors={[]} />);
  }

  @FormPost(PASSWORD_RESET_CONFIRM_PATH)
  async confirm(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @CurrentActor() actor: Actor,
    @Body() body: Record<string, unknown>,
  ): Promise<void> {
    const token = this.cookie.read(request, PASSWORD_RESET_CONFIRM_PATH);
    if (!token) return sendDeadLink(reply, TITLE);
    try {
      const { newPassword } = await this.valid(ConfirmResetDto, {
        token,
        newPassword: body?.password,
      });
      if (newPassword !== body.passwordConfirm) throw new AppError('validation_failed', MISMATCH);
      await this.resets.confirm(actor, token, newPassword);
    } catch (error) {
      if (error instanceof AppError && error.code === 'invalid_link') {
        this.cookie.clear(reply, PASSWORD_RESET_CONFIRM_PATH);
        return sendDeadLink(reply, TITLE);
      }
      return sendPage(reply, TITLE, <PasswordForm errors={findingsOf(error)} />, 422);
    }
    this.cookie.clear(reply, PASSWORD_RESET_CONFIRM_PATH);
    return sendPage(reply, TITLE, <p role="status">Your password was changed. Sign in with it.</p>);
  }

  private async valid<T>(type: new () => T, body: object): Promise<T> {
    return (await this.validation.transform(body, { type: 'body', metatype: type })) as T;
  }
}

const MISMATCH = {
  errors: [
    {
      field: 'passwordConfirm',
      code: 'password_mismatch',
      message: 'The two passwords are not the same.',
    },
  ],
};

function RequestForm({ email, errors }: { email: string; errors: Finding[] }) {
  return (
    <form method="post" action={PASSWORD_RESET_PATH}>
      <p>Give the address of your account: a link to choose a new password is sent there.</p>
      <label for="email">Email address</label>
      <input
        id="email"
        name="email"
        type="email"
        autocomplete="email"
        required
        maxLength={254}
        value={email}
      />
      <FieldErrors messages={about(errors, 'email')} />
      <button type="submit">Send the link</button>
    </form>
  );
}

function PasswordForm({ errors }: { errors: Finding[] }) {
  return (
    <form method="post" action={PASSWORD_RESET_CONFIRM_PATH}>
      <label for="password">New password</label>
      <input id="password" name="password" type="password" autocomplete="new-password" required />
      <FieldErrors messages={about(errors, 'newPassword')} />
      <label for="passwordConfirm">New password, again</label>
      <input
        id="passwordConfirm"
        name="passwordConfirm"
        type="password"
        autocomplete="new-password"
        required
      />
      <FieldErrors messages={about(errors, 'passwordConfirm')} />
      <button type="submit">Change the password</button>
    </form>
  );
}

function about(errors: Finding[], field: string): string[] {
  return errors.filter((error) => error.field === field).map(({ message }) => message);
}

function findingsOf(error: unknown): Finding[] {
  if (error instanceof AppError && error.errors.length > 0) return error.errors;
  throw error;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
