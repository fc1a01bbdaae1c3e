import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AuthModule } from '../../auth/auth.module.js';
import { SessionsModule } from '../../sessions/sessions.module.js';
import { AdminSections } from './admin-sections.js';
import { Assets } from './assets.js';
import { AssetsController } from './assets.controller.js';
import { BrowserSeals } from './browser-seals.js';
import { Destinations } from './destinations.js';
import { FormPostGuard } from './form-post.guard.js';
import { FormTokens } from './form-tokens.js';
import { InterruptedForms } from './interrupted-forms.js';
import { KeptForms } from './kept-forms.js';
import { KnownBrowsers } from './known-browsers.js';
import { Messages } from './messages.js';
import { OtherOrigins } from './other-origins.js';
import { PageAuthGuard } from './page-auth.guard.js';
import { PageContexts } from './page-context.js';
import { PageCookies } from './page-cookies.js';
import { PageErrorFilter } from './page-error.filter.js';
import { PageSessionsService } from './page-sessions.service.js';
import { WellKnownController } from './well-known.controller.js';

/** What pages are made of: the frame, forms, cookies, and the guards for browsers. */
@Module({
  imports: [DiscoveryModule, AuthModule, SessionsModule],
  controllers: [AssetsController, WellKnownController],
  providers: [
    AdminSections,
    Assets,
    PageCookies,
    BrowserSeals,
    FormTokens,
    Destinations,
    KnownBrowsers,
    KeptForms,
    InterruptedForms,
    Messages,
    OtherOrigins,
    PageContexts,
    PageSessionsService,
    PageAuthGuard,
    FormPostGuard,
    PageErrorFilter,
  ],
  exports: [
    AdminSections,
    PageCookies,
    KnownBrowsers,
    PageSessionsService,
    PageAuthGuard,
    FormPostGuard,
    PageErrorFilter,
  ],
})
export class WebModule {}
