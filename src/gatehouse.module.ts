import {
  type DynamicModule,
  Module,
  type ModuleMetadata,
  type Provider,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { DataSource, EntityManager } from 'typeorm';
import { AccountModule } from './account/account.module.js';
import { AdminModule } from './site/admin/admin.module.js';
import { AdministrationModule } from './administration/administration.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { JwtAuthGuard } from './auth/jwt-auth.guard.js';
import { PermissionsGuard } from './auth/permissions.guard.js';
import { RecentLoginGuard } from './auth/recent-login.guard.js';
import { RolesGuard } from './auth/roles.guard.js';
import { OwnGuards } from './access/own-guards.js';
import { leaveUnguarded } from './access/unguarded.js';
import { checkDeclarations } from './checks/check-declarations.js';
import { Declarations } from './common/declarations.js';
import { assertOneCopy } from './common/one-copy.js';
import type { ExistingApplication } from './common/existing-application.js';
import { ProductFiles } from './common/product-files.js';
import { ApiTagsOption } from './openapi/api-tags.js';
import { KnownQueryGuard } from './http/known-query.guard.js';
import { RequestValidationPipe } from './http/validation.pipe.js';
import { ChangeFeedModule } from './platform/database/change-feed.module.js';
import { BrandOptions } from './platform/brand/brand.js';
import { BrandModule } from './platform/brand/brand.module.js';
import { AppConfig } from './platform/config/app-config.js';
import { EXPECTED_CONFIG } from './platform/config/expect-config.js';
import { RunMode } from './platform/config/run-mode.js';
import { GatehouseDataSource } from './platform/database/data-source.js';
import { DatabaseModule } from './platform/database/database.module.js';
import { SettleChangesGuard } from './platform/database/settle-changes.guard.js';
import { FederatedLoginModule } from './federated-login/federated-login.module.js';
import { FederationModule } from './federation/federation.module.js';
import { HealthModule } from './platform/health/health.module.js';
import { JobsModule } from './platform/jobs/jobs.module.js';
import { WorkerModule } from './platform/jobs/worker.module.js';
import { EmailModule } from './platform/email/email.module.js';
import { MetricsModule } from './platform/metrics/metrics.module.js';
import { OneTimeTokensModule } from './one-time-tokens/one-time-tokens.module.js';
import type { AuthenticationBackend } from './passwords/authentication-backend.js';
import { AuthenticationBackendsModule } from './passwords/authentication-backends.module.js';
import {
  type CustomPasswordRule,
  type PasswordRuleFunction,
  PasswordRulesOption,
} from './passwords/custom-password-rule.js';
import { PasswordBackend } from './passwords/password-backend.js';
import { PasswordsModule } from './passwords/passwords.module.js';
import { FormPostGuard } from './site/kit/form-post.guard.js';
import { PageAuthGuard } from './site/kit/page-auth.guard.js';
import { PageErrorFilter } from './site/kit/page-error.filter.js';
import { StaticFilesController } from './site/kit/static-files.controller.js';
import { PageViews } from './site/kit/page-view.js';
import { Site, type SiteOptions } from './site/kit/site.js';
import { PAGE_NAMES, type PageOverrides } from './site/accounts/page-overrides.js';
import { HomeController } from './site/accounts/home.controller.js';
import { PagesModule } from './site/accounts/pages.module.js';
import { UsernameController } from './site/accounts/username.controller.js';
import { PermissionsModule } from './permissions/permissions.module.js';
import { SecretRotationModule } from './secret-rotation/secret-rotation.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { SigningKeysModule } from './signing-keys/signing-keys.module.js';
import { ThrottlingModule } from './platform/throttling/throttling.module.js';
import { RegistrationOption, type RegistrationRule } from './users/registration-rule.js';
import { type UsernameMode, useUsernames } from './users/usernames.js';
import { UsersModule } from './users/users.module.js';
import { WebModule } from './site/kit/web.module.js';

/** What every request passes, in order. */
const GUARDS = [
  PageAuthGuard,
  FormPostGuard,
  JwtAuthGuard,
  RolesGuard,
  PermissionsGuard,
  RecentLoginGuard,
  KnownQueryGuard,
  SettleChangesGuard,
];

/** A product has no other data source: it asks for ours as the documentation of Nest does. */
const ONLY_DATA_SOURCE: Provider[] = [
  { provide: DataSource, useExisting: GatehouseDataSource },
  {
    provide: EntityManager,
    inject: [GatehouseDataSource],
    useFactory: ({ manager }: GatehouseDataSource) => manager,
  },
];

/** What a product decides about Gatehouse. Everything is optional. */
export interface GatehouseOptions extends SiteOptions {
  /**
   * The folder of the compiled application module: `import.meta.dirname`. Entities (`*.entity.ts`) and what
   * docs/declarations.md lists are found below it, migrations in the folder `migrations` in it or next to it.
   */
  root?: string;
  /**
   * The class whose columns, relations, indices and constraints are added to the user, with `@UserField()` for what
   * people and administrators see and change. docs/custom-user-fields.md walks through it.
   */
  userFields?: Type;
  /** Whether people have usernames. `none`: they sign in with a proven email address alone. Default: `required`. */
  username?: UsernameMode;
  /** Name, logo, icon, colour and footer links, in pages and emails. */
  brand?: BrandOptions;
  /** Views of the product in the place of ours, by the name of the page. */
  pages?: PageOverrides;
  /** A folder whose files are served under `/static/` to everybody: a path from the folder of `package.json`. */
  staticFiles?: string;
  /** The class that decides which accounts and addresses the site takes (docs/registration-rules.md). */
  registration?: Type<RegistrationRule>;
  /** Rules for new passwords next to those of Gatehouse: functions, or classes that inject what they need. */
  passwordRules?: readonly (PasswordRuleFunction | Type<CustomPasswordRule>)[];
  /**
   * Descriptions of the tags that `@ApiTags()` gives to controllers, for the OpenAPI document, by name:
   * `{ Articles: 'What people write' }`. A tag that no controller has stops the start.
   */
  apiTags?: Readonly<Record<string, string>>;
  /**
   * For an application with a database of its own, to which Gatehouse is added (docs/existing-application.md). Then
   * `DataSource` and `/` belong to the application, and `root` is a folder with nothing but what is for Gatehouse.
   */
  existing?: ExistingApplication;
  /** Ways to authenticate that are asked after the passwords kept here, in order, and the modules that they need. */
  authentication?: {
    imports?: NonNullable<ModuleMetadata['imports']>;
    backends: Type<AuthenticationBackend>[];
  };
}

/**
 * All of Gatehouse, for the root module of a product: `imports: [GatehouseModule.forRoot({ root: import.meta.dirname })]`.
 *
 * It is the table of contents: modules from the ground floor up, the ways to authenticate in the order in which they
 * are asked, then what every request passes, in order.
 */
@Module({
  imports: [
    BrandModule,
    DatabaseModule,
    MetricsModule,
    ChangeFeedModule,
    JobsModule,
    WorkerModule,
    EmailModule,
    ThrottlingModule,
    HealthModule,
    UsersModule,
    AuditModule,
    PermissionsModule,
    PasswordsModule,
    OneTimeTokensModule,
    SessionsModule,
    SigningKeysModule,
    FederationModule,
    AuthModule,
    AccountModule,
    FederatedLoginModule,
    AdministrationModule,
    SecretRotationModule,
    WebModule,
    PagesModule,
    AdminModule,
  ],
  providers: [
    KnownQueryGuard,
    SettleChangesGuard,
    ...GUARDS.map((guard) => ({ provide: APP_GUARD, useExisting: guard })),
    { provide: OwnGuards, useValue: new OwnGuards(GUARDS) },
    { provide: APP_PIPE, useClass: RequestValidationPipe },
    { provide: APP_FILTER, useExisting: PageErrorFilter },
  ],
  // What a product's modules inject without importing anything.
  exports: [
    MetricsModule,
    JobsModule,
    EmailModule,
    ThrottlingModule,
    UsersModule,
    AuditModule,
    PermissionsModule,
    SessionsModule,
    AuthModule,
    AccountModule,
    AdministrationModule,
    WebModule,
  ],
})
export class GatehouseModule {
  static forRoot(options: GatehouseOptions = {}): DynamicModule {
    const {
      root,
      userFields,
      username = 'required',
      authentication,
      brand = {},
      pages = {},
      staticFiles,
      existing,
    } = options;
    return {
      module: GatehouseModule,
      global: true,
      imports: [
        AuthenticationBackendsModule.forRoot({
          imports: [PasswordsModule, ...(authentication?.imports ?? [])],
          backends: [PasswordBackend, ...(authentication?.backends ?? [])],
        }),
      ],
      controllers: [
        ...(existing ? [] : [HomeController]),
        ...(username === 'none' ? [] : [UsernameController]),
        ...(staticFiles === undefined ? [] : [StaticFilesController]),
      ],
      providers: [
        ...EXPECTED_CONFIG,
        ...(existing ? [] : ONLY_DATA_SOURCE),
        {
          provide: Declarations,
          useFactory: () => {
            const folder = root ?? (existing && process.cwd());
            if (folder !== undefined) assertOneCopy(folder);
            useUsernames(username);
            leaveUnguarded(existing?.unguarded ?? []);
            return checkDeclarations(new Declarations(root, userFields, existing));
          },
        },
        { provide: ProductFiles, useFactory: () => new ProductFiles(root, staticFiles) },
        { provide: BrandOptions, useValue: brand },
        { provide: Site, useFactory: () => new Site(options, new PageViews(pages, PAGE_NAMES)) },
        { provide: RegistrationOption, useValue: { rule: options.registration } },
        { provide: ApiTagsOption, useValue: { tags: options.apiTags ?? {} } },
        { provide: PasswordRulesOption, useValue: { rules: options.passwordRules ?? [] } },
      ],
      exports: [
        AppConfig,
        RunMode,
        ...(existing ? [] : [DataSource, EntityManager]),
        Declarations,
        ProductFiles,
        BrandOptions,
        Site,
        RegistrationOption,
        ApiTagsOption,
        PasswordRulesOption,
      ],
    };
  }
}
