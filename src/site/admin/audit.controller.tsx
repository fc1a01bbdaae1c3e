import { Get, Query, type StreamableFile } from '@nestjs/common';
import { AuditActionCatalogue } from '../../audit/audit-action-catalogue.js';
import type { AuditEventDto } from '../../audit/audit-event.dto.js';
import { AUDIT } from '../../audit/audit.permissions.js';
import { AuditExportService } from '../../audit/audit-export.service.js';
import { AuditExportQueryDto, AuditQueryDto } from '../../audit/audit-query.dto.js';
import { AuditTrailService } from '../../audit/audit-trail.service.js';
import { AdminSection } from '../../access/admin-section.decorator.js';
import type { Page } from '../../http/page.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, formAfter, type FormState } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { AUDIT_FILTERS, AuditFilter } from './audit-filter.js';
import { AuditSearch } from './audit-search.js';
import { Events } from './events.js';
import { address, given, NextPage } from '../kit/next-page.js';
import { showAdmin } from '../kit/show-admin.js';

const PATH = '/admin/audit';
/** The fields of the form that are called otherwise in the query. */
const FIELDS = { actorId: 'actor', subjectId: 'subject' };
const NOTHING: Page<AuditEventDto> = { items: [], nextCursor: null };

/** What has happened, newest first. */
@AdminSection({ path: PATH, title: 'Audit trail', permission: AUDIT.view, order: 50 })
@PageController(PATH)
export class AuditPageController {
  constructor(
    private readonly trail: AuditTrailService,
    private readonly exports: AuditExportService,
    private readonly search: AuditSearch,
    private readonly catalogue: AuditActionCatalogue,
  ) {}

  @Get()
  async list(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const asked = { ...filterOf(query), ...given(query, ['cursor']) };
    try {
      const filter = await validForm(AuditQueryDto, await this.search.queryFor(page.user, asked));
      const events = await this.trail.list(filter);
      return this.render(page, asked as Record<string, string>, events, EMPTY_FORM);
    } catch (error) {
      return this.render(page, {}, NOTHING, formAfter(error, asked, FIELDS));
    }
  }

  /** Sends the events that the list shows, on all of its pages, as a file. */
  @Get('export')
  async export(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<StreamableFile | PageAnswer> {
    const asked = filterOf(query);
    try {
      const filter = await validForm(
        AuditExportQueryDto,
        await this.search.queryFor(page.user, asked),
      );
      return await this.exports.exportEvents(page.actor, filter);
    } catch (error) {
      return this.render(page, {}, NOTHING, formAfter(error, asked, FIELDS));
    }
  }

  private render(
    page: PageContext,
    { cursor, ...filter }: Record<string, string>,
    { items, nextCursor }: Page<AuditEventDto>,
    form: FormState,
  ): PageAnswer {
    return showAdmin(page, {
      title: 'Audit trail',
      at: PATH,
      form,
      children: (
        <>
          <AuditFilter path={PATH} filter={filter} form={form} actions={this.catalogue.actions} />
          {form.errors.length === 0 && (
            <p>
              <a class="btn btn-outline-secondary" href={address(`${PATH}/export`, filter)}>
                Export CSV
              </a>
            </p>
          )}
          <Events visitor={page.user} events={items} />
          <NextPage
            path={PATH}
            query={filter}
            isFirst={cursor === undefined}
            nextCursor={nextCursor}
          />
        </>
      ),
    });
  }
}

/** What the list is narrowed by. */
function filterOf(query: Record<string, unknown>): Record<string, unknown> {
  const asked = given(query, AUDIT_FILTERS);
  const hasDays = asked.from !== undefined || asked.to !== undefined;
  // Days are those of the reader, whose browser names their time zone; without a script they are days of UTC.
  return { ...asked, ...(hasDays && given(query, ['zone'])) };
}
