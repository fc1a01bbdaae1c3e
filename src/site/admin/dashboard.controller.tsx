import { Get } from '@nestjs/common';
import { OverviewService } from '../../administration/overview.service.js';
import { AuditStatisticsService } from '../../audit/audit-statistics.service.js';
import { AuditTrailService } from '../../audit/audit-trail.service.js';
import { AUDIT } from '../../audit/audit.permissions.js';
import { AdminEntry } from '../../access/admin-section.decorator.js';
import { holds, type Principal } from '../../access/principal.js';
import { EmailQueueService } from '../../platform/email/email-queue.service.js';
import { EMAILS } from '../../platform/email/emails.permissions.js';
import { USERS } from '../../permissions/users.permissions.js';
import { deniedWithoutAny } from '../../auth/denied.js';
import { ADMIN_PATH, AdminSections } from '../kit/admin-sections.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { DayPlot } from './day-plot.js';
import { Events } from './events.js';
import { showAdmin } from '../kit/show-admin.js';

const DAYS = 14;
const LATEST = 5;

/** The site at a glance, as far as its visitor may see it; else the first section that they may open. */
@PageController(ADMIN_PATH)
export class DashboardController {
  constructor(
    private readonly overviews: OverviewService,
    private readonly statistics: AuditStatisticsService,
    private readonly trail: AuditTrailService,
    private readonly emails: EmailQueueService,
    private readonly sections: AdminSections,
  ) {}

  /** Throws `AppError` 403 for a visitor who may open no section. */
  @AdminEntry()
  @Get()
  async show(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    const may = (codename: string) => holds(page.user, codename);
    const { adminPath } = page;
    if (adminPath === undefined) throw deniedWithoutAny('permission', this.sections.permissions);
    if (adminPath !== ADMIN_PATH) return page.redirect(adminPath);
    return showAdmin(page, {
      title: 'Administration',
      at: ADMIN_PATH,
      children: (
        <>
          <div class="row row-cols-2 row-cols-md-3 row-cols-xl-6 g-3 mb-4">
            {may(USERS.view) && (await this.people())}
            {may(EMAILS.view) && (await this.emailCounts())}
          </div>
          {may(AUDIT.view) && (await this.happenings(page.user))}
        </>
      ),
    });
  }

  private async people() {
    const { users, newUsers, inactive, superusers } = await this.overviews.get();
    return (
      <>
        <Figure label="accounts" value={users} href="/admin/users" />
        <Figure label="new in 7 days" value={newUsers} href="/admin/users?order=-createdAt" />
        <Figure label="inactive" value={inactive} href="/admin/users?isActive=false" />
        <Figure label="superusers" value={superusers} href="/admin/users?isSuperuser=true" />
      </>
    );
  }

  private async emailCounts() {
    const { waiting, failed } = await this.emails.counts();
    return (
      <>
        <Figure label="mails on their way" value={waiting} href="/admin/mail" />
        <Figure label="mails given up" value={failed} href="/admin/mail" />
      </>
    );
  }

  private async happenings(visitor: Principal) {
    const signIns = await this.statistics.perDay('user.signed_in', DAYS);
    const failures = await this.statistics.perDay('user.sign_in_failed', DAYS);
    const { items } = await this.trail.list({ limit: LATEST });
    return (
      <>
        <div class="row row-cols-1 row-cols-md-2 g-3 mb-4">
          <div class="col">
            <DayPlot title="Sign-ins" days={signIns} tone="good" />
          </div>
          <div class="col">
            <DayPlot title="Failed sign-ins" days={failures} tone="bad" />
          </div>
        </div>
        <h2 class="h4">Latest events</h2>
        <Events visitor={visitor} events={items} />
        <p>
          <a href="/admin/audit">The whole audit trail</a>
        </p>
      </>
    );
  }
}

function Figure({ label, value, href }: { label: string; value: number; href: string }) {
  return (
    <div class="col">
      <a class="card card-body h-100 link-body-emphasis text-decoration-none" href={href}>
        <span class="fs-2 fw-semibold">{value.toLocaleString('en')}</span>
        <span class="text-body-secondary">{label}</span>
      </a>
    </div>
  );
}
