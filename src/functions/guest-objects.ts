import type { ReferenceAction } from "../protocol/messages.js";
import type { GuestReferenceParts } from "../values/options.js";
import { splitArguments } from "./keywords.js";

/** A Python function that the guest handed out: calling it runs it in the guest. `keywords(…)` may come last. */
export interface GuestFunction extends Disposable {
  (...args: readonly unknown[]): Promise<unknown>;
  readonly doc: string | undefined;
  /** Lets the guest forget it; done by itself when it is collected. */
  release(): void;
}

/** A Python iterator or generator, synchronous or not: `for await (const item of it)`. */
export interface GuestIterator extends AsyncIterableIterator<unknown, void, undefined>, Disposable {
  readonly doc: string | undefined;
  release(): void;
}

/** What the guest is asked for on behalf of a guest object. */
export interface GuestPeer {
  /** Calls it; answers the value or throws what it raised. */
  call(action: ReferenceAction): Promise<unknown>;
  /** Further items of an iterator. */
  items(
    action: Extract<ReferenceAction, { kind: "next" }>,
  ): Promise<{ readonly items: readonly unknown[]; readonly done: boolean }>;
  encode(value: unknown, root: string): Uint8Array;
}

interface Adopted {
  readonly wrapper: WeakRef<object>;
  readonly hold: Hold;
}

/** Whether the controller holds a guest object: once, however often it came. */
class Hold {
  readonly id: number;
  held = true;
  constructor(id: number) {
    this.id = id;
  }
}

/** Most guest objects that are held at a time. */
const MOST_ADOPTED = 65_536;

/** Most holds that one message says the end of. */
const MOST_TOLD = 500_000;

/** How many items of an iterator are asked for at once: few at first, for those that are slow or endless. */
const FIRST_BATCH = 1;
const MOST_BATCH = 256;

/** The guest's objects that the controller holds. */
export class GuestObjects {
  readonly #peer: GuestPeer;
  readonly #adopted = new Map<number, Adopted>();
  readonly #ids = new WeakMap<object, Hold>();
  readonly #released: number[] = [];
  readonly #collected = new FinalizationRegistry<Hold>((hold) => this.#release(hold));

  constructor(peer: GuestPeer) {
    this.#peer = peer;
  }

  /** The object that stands for one of the guest's; the same as before while that is still in use. */
  adopt(parts: GuestReferenceParts): object {
    const known = this.#adopted.get(parts.id);
    const wrapper = known?.wrapper.deref();
    if (known !== undefined && wrapper !== undefined && known.hold.held) {
      this.#released.push(parts.id);
      return wrapper;
    }
    if (this.#adopted.size >= MOST_ADOPTED) {
      throw new TypeError(`the guest has handed out ${MOST_ADOPTED} objects, and may not hand out more`);
    }
    const hold = new Hold(parts.id);
    const made =
      parts.kind === "function" || parts.kind === "object"
        ? this.#callable(parts, hold)
        : this.#iterator(parts, hold);
    this.#adopted.set(parts.id, { wrapper: new WeakRef(made), hold });
    this.#ids.set(made, hold);
    this.#collected.register(made, hold);
    return made;
  }

  /** The number of a guest's object that goes home. */
  idOf(object: object): number | undefined {
    const hold = this.#ids.get(object);
    return hold === undefined || !hold.held ? undefined : hold.id;
  }

  /** Holds that ended since the last time this was asked, the first of them. */
  takeReleased(): readonly number[] {
    return this.#released.splice(0, MOST_TOLD);
  }

  #release(hold: Hold): void {
    if (hold.held) this.#released.push(hold.id);
    hold.held = false;
    if (this.#adopted.get(hold.id)?.hold === hold) this.#adopted.delete(hold.id);
  }

  #callable(parts: GuestReferenceParts, hold: Hold): GuestFunction {
    const ask = async (given: readonly unknown[]): Promise<unknown> => {
      this.#check(hold, parts.name);
      const { args, kwargs } = splitArguments(given);
      return this.#peer.call({
        kind: "invoke",
        reference: hold.id,
        args: this.#peer.encode(args, "args"),
        kwargs: this.#peer.encode(kwargs, "kwargs"),
      });
    };
    const call = (...given: readonly unknown[]): Promise<unknown> => {
      const answer = ask(given);
      // JavaScript calls what is named toJSON or toString, and waits for nothing: what the guest raises there must not end the process.
      answer.catch(() => undefined);
      return answer;
    };
    Object.defineProperty(call, "name", { value: parts.name });
    return Object.assign(call, {
      doc: parts.doc,
      release: () => this.#release(hold),
      [Symbol.dispose]: () => this.#release(hold),
    });
  }

  #iterator(parts: GuestReferenceParts, hold: Hold): GuestIterator {
    const ahead: unknown[] = [];
    let done = false;
    let batch = FIRST_BATCH;
    const finish = (): void => {
      done = true;
      ahead.length = 0;
      this.#release(hold);
    };
    const fetch = async (): Promise<void> => {
      this.#check(hold, parts.name);
      const answer = await this.#peer.items({ kind: "next", reference: hold.id, count: batch });
      batch = Math.min(MOST_BATCH, batch * 2);
      ahead.push(...answer.items);
      if (answer.done) {
        done = true;
        this.#release(hold);
      }
    };
    return {
      doc: parts.doc,
      next: async () => {
        if (ahead.length === 0 && !done) await fetch();
        return ahead.length === 0 ? { done: true, value: undefined } : { done: false, value: ahead.shift() };
      },
      return: async () => {
        if (!done) {
          done = true;
          await this.#peer.call({ kind: "close", reference: hold.id });
        }
        finish();
        return { done: true, value: undefined };
      },
      release: finish,
      [Symbol.dispose]: finish,
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #check(hold: Hold, name: string): void {
    if (!hold.held) throw new TypeError(`the guest's ${name} was released, and can be used no more`);
  }
}
