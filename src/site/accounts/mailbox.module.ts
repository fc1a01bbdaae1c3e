import { Module } from '@nestjs/common';
import { EmailModule } from '../../platform/email/email.module.js';
import { WebModule } from '../kit/web.module.js';
import { MailboxController } from './mailbox.controller.js';

/** The page with emails that are not sent. Only imported where the developer alone can open it. */
@Module({ imports: [WebModule, EmailModule], controllers: [MailboxController] })
export class MailboxModule {}
