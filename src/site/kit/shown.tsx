/** Before the name of a field, in the name of the hidden one that says what the field showed. */
export const SHOWN_PREFIX = 'shown.';

/** What the fields of a form showed when it was opened, to tell later what was changed in it. */
export function Shown({ values }: { values: Record<string, string> }) {
  return (
    <>
      {Object.entries(values).map(([name, value]) => (
        <input type="hidden" name={`${SHOWN_PREFIX}${name}`} value={value} />
      ))}
    </>
  );
}

/** What a field showed when its form was opened; undefined when the form does not tell. */
export function shownIn(body: Record<string, unknown>, name: string): string | undefined {
  const shown = body[`${SHOWN_PREFIX}${name}`];
  return typeof shown === 'string' ? shown : undefined;
}

/**
 * The fields of these that were changed in a form. To send on what was left as it was would undo what
 * somebody else has changed since.
 */
export function changedIn<Name extends string>(
  body: Record<string, unknown>,
  names: readonly Name[],
): Partial<Record<Name, unknown>> {
  return Object.fromEntries(
    names
      .filter((name) => (body[name] ?? '') !== (shownIn(body, name) ?? ''))
      .map((name) => [name, body[name]]),
  ) as Partial<Record<Name, unknown>>;
}
