/** A longer text is cut. */
const FITS = 60;

/** Text of any length in the cell of a table: three lines of it. The whole text is its title. */
export function Long({ text }: { text: string }) {
  if (text.length <= FITS) return <>{text}</>;
  return (
    <span class="long" title={text}>
      {text}
    </span>
  );
}

/** The same for a message, which is one sentence. */
export function shortened(text: string): string {
  const letters = Array.from(text);
  return letters.length <= FITS ? text : `${letters.slice(0, FITS).join('')}…`;
}
