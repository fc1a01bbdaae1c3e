/** In milliseconds; what is noted later than the event itself by so little is noted in time. */
const PAUSE = 10;

/**
 * Lines on their way to a stream. All that come within ten milliseconds leave in one write: at many thousand
 * lines a second the system call would cost more than the line.
 */
export class LineWriter {
  private waiting = '';

  constructor(private readonly stream: { write: (text: string) => unknown }) {
    process.once('exit', this.flush);
  }

  /** @param line without the line break */
  write(line: string): void {
    if (this.waiting === '') setTimeout(this.flush, PAUSE);
    this.waiting += `${line}\n`;
  }

  private readonly flush = (): void => {
    if (this.waiting === '') return;
    const lines = this.waiting;
    this.waiting = '';
    this.stream.write(lines);
  };
}
