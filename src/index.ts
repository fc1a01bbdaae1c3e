/**
 * The public door: every name that a product may use. What is not here may change with any version.
 * Each name has its description and an example where it is defined.
 * @packageDocumentation
 */

// Running an application.
export type { ExistingApplication } from './common/existing-application.js';
export { GatehouseModule, type GatehouseOptions } from './gatehouse.module.js';
export type { AppModuleSource } from './server/application.js';
export { createApp } from './server/create-app.js';
export { runCli } from './server/run-cli.js';
export { start } from './server/start.js';

// Who may call a route.
export {
  type PermissionCodename,
  Public,
  type PublicOptions,
  RequireAnyPermission,
  RequirePermissions,
  RequireRecentLogin,
  Roles,
} from './access/access.decorators.js';
export { definePermissions, type FeaturePermissions } from './access/define-permissions.js';
export { holds } from './access/principal.js';
export { JwtAuthGuard } from './auth/jwt-auth.guard.js';
export { PermissionsGuard } from './auth/permissions.guard.js';
export { RecentLoginGuard } from './auth/recent-login.guard.js';
export { RolesGuard } from './auth/roles.guard.js';
export { assertRecentLogin } from './http/recent-login.js';

// The caller.
export { CurrentUser } from './access/current-user.decorator.js';
export type { Principal } from './access/principal.js';
export {
  type Actor,
  type CallingActor,
  CurrentActor,
  OPERATOR,
  type SignedInActor,
  SYSTEM,
} from './http/current-actor.decorator.js';
export { type Client, CurrentClient, type KnownBrowser } from './http/current-client.decorator.js';

// Failures.
export { ApiProblems } from './http/api-problems.decorator.js';
export { AppError, type AppErrorOptions, type Finding } from './http/app-error.js';
export { takenValueError } from './platform/database/taken-value.js';
export { type DeclaredProblem, defineProblems } from './http/define-problems.js';
export type { ProblemCode } from './http/problem-catalogue.js';

// Input.
export { BodyLimit, type BodySize } from './http/body-limit.decorator.js';
export { DateTime } from './http/date-time.decorator.js';
export { IdParam } from './http/id-param.decorator.js';
export { IfGiven } from './http/if-given.decorator.js';
export { EachNormalized, Normalized } from './http/normalized.decorator.js';
export { OneLine } from './http/one-line.decorator.js';

// Lists.
export { ApiCsv, type CsvColumns, csvDownload } from './http/csv-download.js';
export { type KeysetOptions, keysetPage, type KeysetQuery } from './http/keyset-page.js';
export { ApiPage, everyPage, mapPage, type Page, PageQuery, SearchQuery } from './http/page.js';

// Accounts.
export { Admission } from './users/admission.js';
export type { Candidate, CandidateOrigin, RegistrationRule } from './users/registration-rule.js';
export { type GivenCandidate, RegistrationRules } from './users/registration-rules.js';
export { User } from './users/user.entity.js';
export { UserField, type UserFieldOptions } from './users/user-field.decorator.js';
export { type NewUser, type UserFields, UsersService } from './users/users.service.js';
export { hasUsernames, type UsernameMode } from './users/usernames.js';

export type { AccountEvent, AccountEventName, AccountFailureName } from './audit/account-event.js';
export { OnAccount, type OnAccountOptions } from './audit/on-account.decorator.js';

// The audit trail.
export type { AuditAction } from './audit/audit-actions.js';
export type { Changes } from './audit/audit-event.entity.js';
export {
  type AuditDetails,
  AuditService,
  type AuditSubject,
  userSubject,
} from './audit/audit.service.js';
export {
  type DeclaredAuditAction,
  defineAuditActions,
  type SubjectActions,
} from './audit/define-audit-actions.js';

// Email.
export { type DeclaredEmail, defineEmails, replaceEmails } from './platform/email/define-emails.js';
export { EmailService } from './platform/email/email.service.js';
export type { EmailTemplate } from './platform/email/templates/emails.js';
export { EmailButton } from './platform/email/templates/layout.js';

// Settings.
export { defineSettings, type SettingRule } from './platform/config/define-settings.js';

// Limits.
export {
  type DeclaredLimit,
  defineLimits,
  overrideLimits,
} from './platform/throttling/define-limits.js';
export { LimitsService } from './platform/throttling/limits.service.js';

// Metrics.
export { type DeclaredMetric, defineMetrics } from './platform/metrics/define-metrics.js';
export { Metrics } from './platform/metrics/metrics.service.js';

// Jobs.
export {
  defineJobs,
  type FeatureJobs,
  type Job,
  jobOf,
  type JobPayload,
} from './platform/jobs/define-jobs.js';
export { JobRunner } from './platform/jobs/job-runner.js';
export { type JobOptions, JobsService, type JobToAdd } from './platform/jobs/jobs.service.js';

// Commands and seeds.
export {
  defineSeed,
  type Seed,
  type SeedAccount,
  type SeedContext,
  type SeedInTransaction,
} from './cli/seeds/define-seed.js';
export { OperatorError } from './common/operator-error.js';
export { Command, CommandRunner, Option, SubCommand } from 'nest-commander';

// The site.
export type { ContentSecurityPolicyAdditions } from './site/kit/content-security-policy.js';
export type { NavigationLink } from './site/kit/navigation.js';
export type { LayoutSlot, LayoutSlots, SiteOptions } from './site/kit/site.js';
export type { BrandOptions, FooterLink } from './platform/brand/brand.js';

// The pages of Gatehouse in the views of a product.
export { Identities, type WaysIn } from './site/accounts/identities.js';
export type { ConfirmEmailPageProps } from './site/accounts/confirm-email.page.js';
export type { HomePageProps } from './site/accounts/home.page.js';
export { KeepIdentitiesChoice, LinkedAccountFacts } from './site/accounts/linked-account.js';
export { LinkField, type OpenLink } from './site/accounts/link-pages.js';
export type { LoginPageProps } from './site/accounts/login.page.js';
export type { PageOverrides } from './site/accounts/page-overrides.js';
export { NewPasswordFields } from './site/accounts/password-fields.js';
export type { PasswordResetConfirmPageProps } from './site/accounts/password-reset-confirm.page.js';
export type { PasswordResetPageProps } from './site/accounts/password-reset.page.js';
export type { ProfilePageProps } from './site/accounts/profile.page.js';
export { ProviderButtons, type ProviderLink } from './site/accounts/provider-buttons.js';
export type { RegisterPageProps } from './site/accounts/register.page.js';
export type { ErrorPageProps } from './site/kit/error.page.js';
export { HostInputs } from './site/kit/host-fields.js';
export type { PageView } from './site/kit/page-view.js';

// The administration.
export { AdminSection, type AdminSectionOptions } from './access/admin-section.decorator.js';
export { type AdminPage, showAdmin, type Tab } from './site/kit/show-admin.js';

// Pages.
export { withNext } from './http/page-paths.js';
export { Check, Field, Select, TextArea } from './site/kit/fields.js';
export { FormPost } from './site/kit/form-post.guard.js';
export { validForm } from './site/kit/form-validation.js';
export {
  EMPTY_FORM,
  Form,
  formAfter,
  type FormState,
  NextField,
  PostButton,
} from './site/kit/forms.js';
export { Long, shortened } from './site/kit/long.js';
export type { MessageLevel } from './site/kit/messages.js';
export { address, given, NextPage, pageAskedFor } from './site/kit/next-page.js';
export type { PageAnswer } from './site/kit/page-answer.js';
export { CurrentPage, type PageContext } from './site/kit/page-context.js';
export { PageController } from './site/kit/page-controller.decorator.js';
export type { FormOutcome, KeptValues, PageFrame } from './site/kit/page-frame.js';
export type { PageResult } from './site/kit/page.interceptor.js';
export { changedIn, Shown } from './site/kit/shown.js';
export { Table } from './site/kit/table.js';
export { Time } from './site/kit/time.js';

// Rules for new passwords.
export type {
  CustomPasswordRule,
  PasswordRefusal,
  PasswordRuleFunction,
} from './passwords/custom-password-rule.js';
export type { UserAttributes } from './passwords/password-policy.js';

// Ways to authenticate.
export type { AuthenticationBackend, Credentials } from './passwords/authentication-backend.js';
export type { HashPlace } from './passwords/hash-place.js';
