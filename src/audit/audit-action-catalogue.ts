import { DeclarationError } from '../common/declaration-error.js';
import type { Declarations } from '../common/declarations.js';
import { AUDIT_ACTIONS } from './audit-actions.js';
import { AUDIT_ACTION_DEFINITIONS } from './define-audit-actions.js';

const ACTION = /^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/;
const MAX_LENGTH = 60;

/** Every action of the audit trail: those of Gatehouse, then those that the `*.audit` files of the product declare. */
export class AuditActionCatalogue {
  private readonly files = new Map<string, string>();

  private constructor(
    /** In the order in which they are offered. */
    readonly actions: string[],
  ) {}

  /** Throws `DeclarationError`, also for an action that exists: its events could not be told from the others. */
  static async load(declarations: Declarations): Promise<AuditActionCatalogue> {
    const catalogue = new AuditActionCatalogue(Object.keys(AUDIT_ACTIONS));
    const defined = await declarations.definitionsOf('audit', AUDIT_ACTION_DEFINITIONS);
    for (const { definition, file } of defined) {
      for (const [action, meaning] of definition) catalogue.add(action, meaning, file);
    }
    return catalogue;
  }

  private add(action: string, meaning: unknown, file: string): void {
    const fault = this.faultOf(action, meaning);
    if (fault) throw new DeclarationError(file, fault);
    this.actions.push(action);
    this.files.set(action, file);
  }

  private faultOf(action: string, meaning: unknown): string | undefined {
    if (!ACTION.test(action) || action.length > MAX_LENGTH) {
      return `"${action}" is no audit action; name it thing.happened, in lower case, with at most ${MAX_LENGTH} characters.`;
    }
    if (Object.hasOwn(AUDIT_ACTIONS, action)) {
      return `Gatehouse itself has the audit action "${action}"; choose another name.`;
    }
    const other = this.files.get(action);
    if (other !== undefined) return `the audit action "${action}" is also defined in ${other}.`;
    if (typeof meaning !== 'string' || meaning.trim() === '') {
      return `the audit action "${action}" has no meaning; say in a sentence what happened.`;
    }
    return undefined;
  }
}
