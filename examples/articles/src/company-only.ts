import { Injectable } from '@nestjs/common';
import type { Candidate, Finding, RegistrationRule } from 'gatehouse';

/** Accounts are for the people of example.com. Administrators may add guests. */
@Injectable()
export class CompanyOnly implements RegistrationRule {
  accept({ email, origin }: Candidate): Finding[] | void {
    if (origin === 'administrator' || email.toLowerCase().endsWith('@example.com')) return;
    return [
      { field: 'email', code: 'foreign_address', message: 'Use your address at example.com.' },
    ];
  }
}
