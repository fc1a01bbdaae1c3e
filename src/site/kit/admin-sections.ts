import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import {
  type AdminSectionOptions,
  adminSectionsOf,
  permissionsOfSections,
} from '../../access/admin-section.decorator.js';
import { holds, type Principal } from '../../access/principal.js';
import { AUDIT } from '../../audit/audit.permissions.js';
import { EMAILS } from '../../platform/email/emails.permissions.js';
import { USERS } from '../../permissions/users.permissions.js';

export const ADMIN_PATH = '/admin';

/** The permissions of which each shows something on the overview. */
const OVERVIEW_PERMISSIONS = [USERS.view, AUDIT.view, EMAILS.view];

/** The sections of the administration: every class with `@AdminSection()`, ours and those of the product. */
@Injectable()
export class AdminSections {
  private sections: readonly AdminSectionOptions[] | undefined;

  constructor(private readonly discovery: DiscoveryService) {}

  /** All of them, in the order of their links. */
  get all(): readonly AdminSectionOptions[] {
    return (this.sections ??= adminSectionsOf(this.discovery.getControllers()));
  }

  /** The permissions of which each opens a section, and with it the administration. */
  get permissions(): string[] {
    return permissionsOfSections(this.all);
  }

  /** The sections that a visitor may open. */
  sectionsFor(principal: Principal | undefined): AdminSectionOptions[] {
    if (!principal) return [];
    return this.all.filter(({ permission }) => holds(principal, permission));
  }

  /** Whether the overview has anything to show to a visitor. */
  hasOverview(principal: Principal): boolean {
    return OVERVIEW_PERMISSIONS.some((codename) => holds(principal, codename));
  }

  /** Where "Administration" leads a visitor: the overview, or the first section. Undefined: there is nothing for them. */
  entryFor(principal: Principal | undefined): string | undefined {
    if (principal && this.hasOverview(principal)) return ADMIN_PATH;
    return this.sectionsFor(principal)[0]?.path;
  }
}
