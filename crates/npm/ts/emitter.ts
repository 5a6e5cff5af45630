/** Listens to an event of the type `E` at a `Target`. */
export type Listener<Target, E extends Event> = ((this: Target, event: E) => unknown) | { handleEvent(event: E): unknown };

/** How long is waited. */
export interface WaitOptions {
  /** Ends the wait: it rejects, and a loop throws, with the signal's reason. Default: none. */
  signal?: AbortSignal | undefined;
}

/** An event with its values as members: `({ peer }) => …`. */
export type EventWith<Values extends object> = Event & Readonly<Values>;

/**
 * An `EventTarget` whose event names and types are known, and whose events can be iterated.
 *
 * @typeParam Events The type of the event for each name.
 */
export abstract class Emitter<Events extends { [Name in keyof Events]: Event }> extends EventTarget {
  readonly #over = new AbortController();
  /** What came before the first listener could; told to those of the same task. */
  #early: { name: (keyof Events & string) | undefined; values: object | undefined }[] | undefined = [];

  constructor() {
    super();
    setTimeout(() => this.#flush());
  }

  /** Calls `listener` for each event of this name, as `EventTarget.addEventListener` does. */
  override addEventListener<Name extends keyof Events & string>(
    type: Name,
    listener: Listener<this, Events[Name]> | null,
    options?: AddEventListenerOptions | boolean,
  ): void {
    super.addEventListener(type, listener as EventListener | null, options);
    this.listening(type);
  }

  /** Takes a listener away again, as `EventTarget.removeEventListener` does. */
  override removeEventListener<Name extends keyof Events & string>(
    type: Name,
    listener: Listener<this, Events[Name]> | null,
    options?: EventListenerOptions | boolean,
  ): void {
    super.removeEventListener(type, listener as EventListener | null, options);
  }

  /**
   * The events of these names from now on, one after the other: `for await (const event of room.events("peer"))`.
   *
   * Ends when nothing more can come. At most 256 wait for a loop that is busy; then the oldest go.
   */
  events<Name extends keyof Events & string>(
    names: Name | readonly Name[],
    { signal }: WaitOptions = {},
  ): AsyncIterableIterator<Events[Name]> {
    const queue: Events[Name][] = [];
    const waiting: (() => void)[] = [];
    const wake = () => waiting.splice(0).forEach((resolve) => resolve());
    const done = new AbortController();
    const over = this.#over.signal;
    const options = { signal: done.signal };
    for (const name of typeof names === "string" ? [names] : names) {
      this.addEventListener(
        name,
        (event) => {
          if (queue.length === MOST_WAITING) queue.shift();
          queue.push(event);
          wake();
        },
        options,
      );
    }
    over.addEventListener("abort", wake, options);
    signal?.addEventListener("abort", wake, options);
    const end = () => {
      done.abort();
      wake();
      return { done: true as const, value: undefined };
    };
    return {
      async next() {
        for (;;) {
          if (signal?.aborted) {
            end();
            throw signal.reason;
          }
          const event = queue.shift();
          if (event) return { done: false, value: event };
          if (over.aborted || done.signal.aborted) return end();
          await new Promise<void>((resolve) => waiting.push(resolve));
        }
      },
      async return() {
        return end();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** @internal Somebody listens to events of this name. */
  protected listening(_name: keyof Events & string): void {
    if (this.#early) queueMicrotask(() => this.#flush());
  }

  /** @internal Aborts when nothing more will come. */
  protected get over(): AbortSignal {
    return this.#over.signal;
  }

  /** @internal What a handle tells: an event and its values; without a name, that nothing more will come. */
  protected readonly heard = (name?: keyof Events & string, values?: object): void => {
    if (this.#early) this.#early.push({ name, values });
    else if (name === undefined) this.#over.abort();
    else this.dispatchEvent(Object.assign(new Event(name), values));
  };

  #flush(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const { name, values } of early) this.heard(name, values);
  }
}

const MOST_WAITING = 256;
