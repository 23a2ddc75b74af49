/** What the guest may do outside is what you hand in. Run: npx tsx examples/host-functions.ts */
import { defineFunction, proxy, RaiseError, Sandbox } from "sallyport";
import * as v from "valibot";

const customers = new Map([
  [1, { name: "Ada", city: "London" }],
  [2, { name: "Grace", city: "New York" }],
]);

class Cart {
  readonly #items: string[] = [];
  add(item: string): number {
    return this.#items.push(item);
  }
  list(): readonly string[] {
    return this.#items;
  }
  checkout(): never {
    throw new Error("never reached from the guest: it is not among the methods handed in");
  }
}

const cart = proxy(new Cart(), { methods: ["add", "list"] });

await using sandbox = await Sandbox.create({
  functions: {
    // A plain function: positional and keyword arguments, defaults, sync or async.
    shout: (text: string, mark = "!") => text.toUpperCase() + mark,
    // With a signature, a docstring, checked arguments and a time limit.
    customers: {
      find: defineFunction({
        description: "The customer with this id.",
        parameters: [{ name: "id", type: "int" }],
        returns: "dict",
        input: v.object({ id: v.pipe(v.number(), v.integer()) }),
        timeout: "2 s",
        handler: async ({ id }) => {
          const customer = customers.get(id);
          if (customer === undefined) throw new RaiseError("KeyError", `no customer ${id}`);
          return customer;
        },
      }),
    },
    // An object by reference, with two of its methods.
    cart: () => cart,
    // A stream: the guest reads it as an iterator.
    ticks: async function* (count: number) {
      for (let n = 1; n <= count; n++) yield { tick: n };
    },
    // A callback from the guest.
    twice: async (fn: (n: number) => Promise<number>, n: number) => fn(await fn(n)),
  },
});

const result = await sandbox.run(`
  import inspect

  print(shout("hello"), shout(text="bye", mark="?"))
  print(customers.find(1)["name"], inspect.signature(customers.find))
  try:
      customers.find(99)
  except KeyError as error:
      print("KeyError:", error)
  try:
      customers.find("x")
  except ValueError as error:
      print("ValueError:", error)
  c = cart()
  c.add("apples"); c.add("pears")
  print(c.list(), hasattr(c, "checkout"))
  print([t["tick"] for t in ticks(3)])
  print(twice(lambda n: n * 10, 7))
`);
process.stdout.write(result.stdout);
if (!result.ok) console.log(result.error.traceback);

// While an event loop runs, async functions are awaitable, and run side by side.
const cities = await sandbox.run(`
  import asyncio
  [c["city"] for c in await asyncio.gather(*(customers.find(n) for n in (1, 2)))]
`);
if (cities.ok) console.log(cities.value);

cart.revoke();
const revoked = await sandbox.run("c.list()");
if (!revoked.ok) console.log(revoked.error.type, "-", revoked.error.message);
