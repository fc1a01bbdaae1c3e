/** A moment, in UTC, to the minute. */
export function Time({ at }: { at: Date }) {
  return (
    <time
      dateTime={at.toISOString()}
    >{`${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`}</time>
  );
}
