/**
 * @internal One object of this package for one handle's: several handles may be on the same thing.
 *
 * @typeParam H The handles, which know whether they are on the same.
 * @typeParam T The objects.
 */
export class OneEach<H extends { is(other: H): boolean }, T> {
  #known: [handle: H, object: T][] = [];

  /** @param make Makes the object for a handle that is on something new. */
  constructor(private readonly make: (handle: H) => T) {}

  of(handle: H): T {
    const known = this.#known.find(([other]) => other.is(handle));
    if (known) return known[1];
    const object = this.make(handle);
    this.#known.push([handle, object]);
    return object;
  }

  /** Forgets what is over. */
  forget(isOver: (object: T) => boolean): void {
    this.#known = this.#known.filter(([, object]) => !isOver(object));
  }
}
