/** Items that are taken one after the other, for ever. */
export class Turns<Item> {
  private next = 0;

  constructor(private readonly items: Item[]) {}

  take(): Item {
    return this.items[this.next++ % this.items.length]!;
  }
}
