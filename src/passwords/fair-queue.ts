/**
 * A queue in which shares have turns instead of items, and shares of a share again. The newcomer to a full one
 * takes the place of the newest item of the largest share, so that no share fills it for others.
 */
export class FairQueue<T> {
  size = 0;
  /** In the order of their turns. */
  private readonly shares = new Map<string, FairQueue<T>>();
  /** Of a share that is not divided further. */
  private readonly items: T[] = [];

  /** @param shares whose it is, from the largest share down to the smallest; as many for all items of a share */
  add([name, ...rest]: string[], item: T): void {
    this.size++;
    if (name === undefined) {
      this.items.push(item);
      return;
    }
    let share = this.shares.get(name);
    if (!share) this.shares.set(name, (share = new FairQueue()));
    share.add(rest, item);
  }

  /** Takes the oldest item of the share whose turn it is. Undefined when there is none. */
  next(): T | undefined {
    const [turn] = this.shares;
    if (!turn) return this.removed(this.items.shift());
    const [name, share] = turn;
    const item = share.next();
    this.shares.delete(name);
    if (share.size > 0) this.shares.set(name, share);
    return this.removed(item);
  }

  /** Takes out what has to leave for one more item. Undefined: that one has the largest share itself. */
  makeRoomFor([name, ...rest]: string[]): T | undefined {
    const own = name === undefined ? undefined : this.shares.get(name);
    const largest = this.largest();
    const isUnfair = largest !== undefined && largest.size > (own?.size ?? 0) + 1;
    return this.removed(isUnfair ? largest.dropNewest() : own?.makeRoomFor(rest));
  }

  private dropNewest(): T | undefined {
    const largest = this.largest();
    if (!largest) return this.removed(this.items.pop());
    const item = largest.dropNewest();
    for (const [name, { size }] of this.shares) if (size === 0) this.shares.delete(name);
    return this.removed(item);
  }

  private largest(): FairQueue<T> | undefined {
    let largest: FairQueue<T> | undefined;
    for (const share of this.shares.values()) {
      if (share.size > (largest?.size ?? 0)) largest = share;
    }
    return largest;
  }

  private removed(item: T | undefined): T | undefined {
    if (item !== undefined) this.size--;
    return item;
  }
}
