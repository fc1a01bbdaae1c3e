/** A moment, in UTC, to the minute. The script of the pages shows it in the reader's time zone. */
export function Time({ at }: { at: Date }) {
  return (
    <time
      dateTime={at.toISOString()}
    >{`${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`}</time>
  );
}
