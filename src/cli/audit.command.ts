import { Command, CommandRunner, Option, SubCommand } from 'nest-commander';
import { AuditVerificationService } from '../audit/audit-verification.service.js';
import { parseHead } from '../audit/chain-head.js';
import { OperatorError } from '../common/operator-error.js';
import { sentenceOf } from './chain-sentences.js';

interface Options {
  head?: string;
  acceptKey?: string[];
  acceptStart?: string[];
}

@SubCommand({
  name: 'verify',
  description: 'Prove that no event of the audit trail was changed, removed or slipped in',
})
export class AuditVerifyCommand extends CommandRunner {
  constructor(private readonly verification: AuditVerificationService) {
    super();
  }

  override async run(_: string[], { head, acceptKey, acceptStart }: Options): Promise<void> {
    const then = head === undefined ? undefined : parseHead(head);
    if (head !== undefined && !then) {
      throw new OperatorError('--head takes what the log says: position:hash:count:signature');
    }
    const report = await this.verification.verifyChain(
      { keys: acceptKey ?? [], starts: acceptStart ?? [] },
      then,
    );
    const { intact, unproven, unsealed, skipped, faults, faultCount } = report;
    const found = `${intact} events are as they were sealed.`;
    if (faultCount > 0) {
      const more = faultCount > faults.length ? [`And ${faultCount - faults.length} more.`] : [];
      throw new OperatorError([...faults.map(sentenceOf), ...more, found].join('\n'));
    }
    console.log(found);
    if (unproven > 0) {
      console.log(
        `${unproven} were sealed under another APP_SECRET: nothing can be proven of them.`,
      );
    }
    if (skipped > 0) {
      console.log(
        `${skipped} positions were already missing when version 0.1 was left: failed attempts, or seals that were deleted.`,
      );
    }
    if (unsealed > 0) console.log(`${unsealed} are not sealed yet; that is done every minute.`);
  }

  @Option({
    flags: '--head <head>',
    description: 'Compare with a head that the log has kept (chain.head)',
  })
  parseHead(head: string): string {
    return head;
  }

  @Option({
    flags: '--accept-key <ids...>',
    description:
      'Keys whose APP_SECRET is lost, each as id or id:last-position; proves nothing of them',
  })
  parseKey(id: string, before: string[] = []): string[] {
    return [...before, id];
  }

  @Option({
    flags: '--accept-start <names...>',
    description: 'New beginnings of the chain that you have looked into, as verify names them',
  })
  parseStart(name: string, before: string[] = []): string[] {
    return [...before, name];
  }
}

@Command({
  name: 'audit',
  description: 'The audit trail',
  subCommands: [AuditVerifyCommand],
})
export class AuditCommand extends CommandRunner {
  override async run(): Promise<void> {
    this.command.outputHelp({ error: true });
    process.exitCode = 2;
  }
}
