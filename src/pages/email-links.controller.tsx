import { Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EmailProofService } from '../account/email-proof.service.js';
import { EmailUndoService } from '../account/email-undo.service.js';
import { Public } from '../common/access.decorators.js';
import { EMAIL_UNDO_PATH, EMAIL_VERIFY_PATH } from '../common/page-paths.js';
import { FormPost } from '../web/form-post.guard.js';
import { LinkPages } from './link-pages.js';
import { PageController } from '../web/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../web/page-context.js';

const VERIFY = {
  path: EMAIL_VERIFY_PATH,
  title: 'Confirm your email address',
  explanation: 'Press the button to confirm that this is your email address.',
  button: 'Confirm the address',
  done: 'Your email address is confirmed.',
};
const UNDO = {
  path: EMAIL_UNDO_PATH,
  title: 'Take the change of address back',
  explanation:
    'This restores the old email address, signs the account out everywhere, and sends a link to choose a new password to the old address.',
  button: 'Restore the old address',
  done: 'The old address is restored. Look into its mailbox for a link to choose a new password.',
};

/** The pages behind links about addresses. */
@Public()
@PageController()
export class EmailLinksController {
  constructor(
    private readonly links: LinkPages,
    private readonly proof: EmailProofService,
    private readonly undoing: EmailUndoService,
  ) {}

  @Get(VERIFY.path)
  showVerify(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CurrentPage() page: PageContext,
    @Query('token') token?: unknown,
  ): void {
    this.links.show(request, reply, page, VERIFY, token);
  }

  @FormPost(VERIFY.path)
  async verify(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CurrentPage() page: PageContext,
  ): Promise<void> {
    await this.links.act(request, reply, page, VERIFY, (token) =>
      this.proof.confirm(page.actor, token),
    );
  }

  @Get(UNDO.path)
  showUndo(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CurrentPage() page: PageContext,
    @Query('token') token?: unknown,
  ): void {
    this.links.show(request, reply, page, UNDO, token);
  }

  @FormPost(UNDO.path)
  async undo(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CurrentPage() page: PageContext,
  ): Promise<void> {
    await this.links.act(request, reply, page, UNDO, (token) =>
      this.undoing.undo(page.actor, token),
    );
  }
}
