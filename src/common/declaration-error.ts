import { OperatorError } from './operator-error.js';

/** A file of the product declares something that cannot be: one sentence, which names the file. */
export class DeclarationError extends OperatorError {
  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
  }
}
