/** The form of names that a product chooses: `article_locked`. */
export const SNAKE_CASE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/**
 * What one `define…()` was given, by the handle that it returned. The application finds a handle among the exports of a
 * file and reads its definition here.
 */
export class Definitions<Definition> {
  private readonly given = new WeakMap<object, Definition>();

  /** @param maker the name of the function, for messages */
  constructor(readonly maker: string) {}

  /** Freezes a handle and records its definition. */
  record<Handle extends object>(handle: Handle, definition: Definition): Readonly<Handle> {
    this.given.set(handle, definition);
    return Object.freeze(handle);
  }

  /** The definition behind a handle, or behind the class that a class extends; undefined for any other value. */
  definitionOf(value: unknown): Definition | undefined {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    if (!isObject) return undefined;
    return this.given.get(value) ?? this.definitionOf(Object.getPrototypeOf(value));
  }
}
