import { Command, CommandRunner, SubCommand } from 'nest-commander';
import { AuditChainService } from '../audit/audit-chain.service.js';
import { OperatorError } from '../common/operator-error.js';

const REASONS = {
  missing: 'is gone',
  changed: 'is not what it was when it was sealed',
  personal_changed: 'tells other personal values than when it was sealed',
};

@SubCommand({
  name: 'verify',
  description:
    'Prove that no event of the audit trail was changed or removed; names the first that was',
})
export class AuditVerifyCommand extends CommandRunner {
  constructor(private readonly chain: AuditChainService) {
    super();
  }

  override async run(): Promise<void> {
    const { intact, otherKey, unsealed, broken } = await this.chain.verify();
    if (broken) {
      throw new OperatorError(
        `Event ${broken.eventId} ${REASONS[broken.reason]}. ${intact} events before it are intact.`,
      );
    }
    console.log(`${intact} events are as they were sealed.`);
    if (otherKey > 0) {
      console.log(`${otherKey} were sealed under another APP_SECRET: nothing can be said of them.`);
    }
    if (unsealed > 0) console.log(`${unsealed} are not sealed yet; that is done every minute.`);
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
