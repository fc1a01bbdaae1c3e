import { OperatorError } from '../../common/operator-error.js';

/** The configuration is wrong. `problems` holds one sentence for each variable that is. */
export class ConfigError extends OperatorError {
  constructor(readonly problems: string[]) {
    super(['Gatehouse cannot start with this configuration:', ...problems].join('\n  - '));
  }
}
