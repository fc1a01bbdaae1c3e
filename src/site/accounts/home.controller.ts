import { Get } from '@nestjs/common';
import { Public } from '../../access/access.decorators.js';
import { AppConfig } from '../../platform/config/app-config.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { Site } from '../kit/site.js';
import { HOME_PAGE } from './home.page.js';

/** The start page, or the way to that of the product. */
@PageController()
export class HomeController {
  constructor(
    private readonly config: AppConfig,
    private readonly site: Site,
  ) {}

  @Public()
  @Get()
  home(@CurrentPage() page: PageContext): PageAnswer {
    if (this.site.home !== undefined) return page.redirect(this.site.home);
    return page.showPage(HOME_PAGE, {
      page,
      mayRegister: this.config.registration === 'open',
      hasApiDocs: this.config.swagger,
    });
  }
}
