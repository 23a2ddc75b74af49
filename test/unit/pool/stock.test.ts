import { describe, expect, it } from "vitest";
import { PoolError } from "../../../src/errors.js";
import { Queue } from "../../../src/pool/queue.js";
import { type Item, Stock } from "../../../src/pool/stock.js";

class Thing implements Item {
  closed = false;
  die = (): void => undefined;
  readonly ended = new Promise<void>((resolve) => {
    this.die = resolve;
  });
  async close(): Promise<void> {
    this.closed = true;
    this.die();
  }
}

/** Lets what was begun come to its end: nothing here takes longer than a few turns and the refill's timer. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  await new Promise((resolve) => setTimeout(resolve, 60));
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
};

const make = (options: { size: number; max: number; create?: () => Promise<Thing> }) => {
  const made: Thing[] = [];
  const errors: unknown[] = [];
  let wanted = 0;
  const stock = new Stock<Thing>({
    size: options.size,
    max: options.max,
    shrink: 300,
    create:
      options.create ??
      (async () => {
        const thing = new Thing();
        made.push(thing);
        return thing;
      }),
    arrived: () => undefined,
    failed: (error) => errors.push(error),
    wanted: () => wanted,
  });
  return { stock, made, errors, want: (count: number) => (wanted = count) };
};

describe("Stock", () => {
  it("keeps its size ready, hands each out once, and closes what was used", async () => {
    const { stock, made } = make({ size: 3, max: 10 });
    await stock.full();
    const taken = [stock.take(), stock.take()];
    expect(new Set(taken).size).toBe(2);
    await settled();
    expect(stock.metrics).toMatchObject({ ready: 3, inUse: 2, started: 5 });
    for (const thing of taken) if (thing !== undefined) stock.used(thing);
    await settled();
    expect(made.filter((thing) => thing.closed)).toHaveLength(2);
    expect(stock.metrics).toMatchObject({ ready: 3, inUse: 0 });
    await stock.close();
    expect(made.every((thing) => thing.closed)).toBe(true);
  });

  it("replaces what dies while it stands ready", async () => {
    const { stock, made } = make({ size: 2, max: 4 });
    await stock.full();
    made[0]?.die();
    await settled();
    expect(stock.metrics).toMatchObject({ ready: 2, died: 1, started: 3 });
    await stock.close();
  });

  it("never has more than max alive", async () => {
    const { stock } = make({ size: 2, max: 3 });
    await stock.full();
    const taken = [stock.take(), stock.take()];
    await settled();
    taken.push(stock.take());
    await settled();
    expect(stock.take()).toBeUndefined();
    expect(stock.metrics).toMatchObject({ ready: 0, inUse: 3, started: 3 });
    await stock.close();
  });

  it("grows when someone has to wait, and shrinks again", async () => {
    const { stock } = make({ size: 1, max: 10 });
    await stock.full();
    stock.short();
    stock.short();
    await settled();
    expect(stock.metrics).toMatchObject({ target: 3, ready: 3 });
    while (stock.metrics.target > 1) await new Promise((resolve) => setTimeout(resolve, 10));
    await settled();
    expect(stock.metrics).toMatchObject({ target: 1, ready: 1 });
    await stock.close();
  });

  it("tells when nothing starts, and goes on trying", async () => {
    let broken = true;
    const { stock, errors } = make({
      size: 1,
      max: 1,
      create: async () => {
        if (broken) throw new Error("no engine");
        return new Thing();
      },
    });
    await expect(stock.full()).rejects.toThrow(PoolError);
    expect(errors).toHaveLength(1);
    broken = false;
    while (stock.metrics.ready === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await stock.close();
  });
});

describe("Queue", () => {
  it("serves in order, and is bounded", async () => {
    const queue = new Queue<string>({ most: 2, wait: Number.POSITIVE_INFINITY });
    const turns = [queue.join(undefined), queue.join(undefined)];
    await expect(queue.join(undefined)).rejects.toThrow(expect.objectContaining({ code: "ERR_POOL_FULL" }));
    queue.serve("first");
    queue.serve("second");
    expect(await Promise.all(turns)).toEqual(["first", "second"]);
  });

  it("lets those go whose time is up or who gave up", async () => {
    const queue = new Queue<string>({ most: 9, wait: 10 });
    const controller = new AbortController();
    const given = queue.join(controller.signal);
    const late = queue.join(undefined);
    controller.abort(new Error("changed my mind"));
    await expect(given).rejects.toThrow("changed my mind");
    await expect(late).rejects.toThrow(expect.objectContaining({ code: "ERR_POOL_TIMEOUT" }));
    expect(queue.length).toBe(0);
  });
});
