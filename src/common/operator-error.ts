/**
 * A failure whose message tells the person at the machine what to do. It is printed alone, without the
 * stack trace that the unexpected gets.
 *
 * ```ts
 * throw new OperatorError(`There is no file ${path}.`);
 * ```
 */
export class OperatorError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
