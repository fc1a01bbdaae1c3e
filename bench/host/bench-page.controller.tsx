import { Get, Param, ParseIntPipe } from '@nestjs/common';
import { Public } from '../../src/common/access.decorators.js';
import type { PageAnswer } from '../../src/web/page-answer.js';
import { PageController } from '../../src/web/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../../src/web/page-context.js';

/** A page that shows nothing but text. */
@PageController('bench/page')
export class BenchPageController {
  @Public()
  @Get(':size')
  show(@CurrentPage() page: PageContext, @Param('size', ParseIntPipe) size: number): PageAnswer {
    return page.show('Bench', <p>{'text '.repeat(size / 5)}</p>);
  }
}
