/**
 * What compiles and what does not: checked by `tsc`, never executed. A line under @ts-expect-error that compiles is an
 * error there.
 */
import { defineConfig } from "../../src/config.js";
import {
  defineFunction,
  directory,
  Image,
  keywords,
  memory,
  Pool,
  proxy,
  type RunResult,
  Sandbox,
  unwrap,
} from "../../src/index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_proof: Equal<A, B>): void => undefined;

export const options = async (): Promise<void> => {
  await Sandbox.create({ limits: { memory: "256 MiB", cpu: "5 s", wall: 100, output: 2 ** 20 } });
  await Sandbox.create({ mounts: { "/data": directory("."), "/sandbox": memory({ a: "x" }) } });
  // @ts-expect-error a size needs a unit that there is
  await Sandbox.create({ limits: { memory: "256 megs" } });
  // @ts-expect-error a duration is no size
  await Sandbox.create({ limits: { memory: "5 s" } });
  // @ts-expect-error mounts are absolute paths
  await Sandbox.create({ mounts: { data: directory(".") } });
  // @ts-expect-error no such option
  await Sandbox.create({ mount: {} });
  // @ts-expect-error no such engine
  await Sandbox.create({ engine: "jit" });
  // @ts-expect-error environment variables are strings
  await Sandbox.create({ env: { A: 1 } });
  // @ts-expect-error functions are functions
  await Sandbox.create({ functions: { a: 1 } });
  // @ts-expect-error memory is a limit of the sandbox, not of a run
  await (await Sandbox.create()).run("1", { limits: { memory: "1 GiB" } });
};

export const configs = (): void => {
  defineConfig({
    limits: { memory: "256 MiB", operations: 5 },
    mounts: { "/d": { host: "d", mode: "cow" } },
  });
  // @ts-expect-error no such key
  defineConfig({ memory: "256 MiB" });
  // @ts-expect-error no such limit
  defineConfig({ limits: { ram: 1 } });
  // @ts-expect-error no such mode
  defineConfig({ mounts: { "/d": { host: "d", mode: "write" } } });
};

export const results = async (sandbox: Sandbox): Promise<void> => {
  const result = await sandbox.run<number>("1");
  same<typeof result, RunResult<number>>(true);
  // @ts-expect-error there may be no value
  result.value;
  if (result.status === "ok") same<typeof result.value, number>(true);
  if (result.ok) same<typeof result.value, number | undefined>(true);
  else same<typeof result.error.type, string>(true);
  if (result.status === "timeout") same<typeof result.limit, "cpu" | "wall" | "operations">(true);
  if (result.status === "memory") same<typeof result.closed, boolean>(true);
  if (result.status === "exit" && !result.ok) same<typeof result.code, number>(true);
  // @ts-expect-error an error result has no code
  if (result.status === "error") result.code;
  const value = unwrap(result);
  same<typeof value, number | undefined>(true);
  const unknown = await sandbox.run("1");
  if (unknown.status === "ok") same<typeof unknown.value, unknown>(true);
};

export const calls = async (sandbox: Sandbox): Promise<void> => {
  same<Awaited<ReturnType<typeof sandbox.call<number>>>, number>(true);
  const add = sandbox.function<[number, number], number>("operator:add");
  same<ReturnType<typeof add>, Promise<number>>(true);
  // @ts-expect-error the arguments are numbers
  await add("1", 2);
  // @ts-expect-error a target has a module and a name
  await sandbox.call("add", [1]);
  await sandbox.call("m:f", [1, keywords({ a: 1 })]);
};

export const functions = (): void => {
  const schema = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value: unknown) => ({ value: { id: Number(value) } }),
      types: { input: { id: "" }, output: { id: 1 } },
    },
  } as const;
  defineFunction({
    parameters: ["id"],
    input: schema,
    handler: ({ id }, { signal }) => {
      same<typeof signal, AbortSignal>(true);
      return id;
    },
  });
  // @ts-expect-error parameters are needed
  defineFunction({ handler: () => 1 });
  const target = { method: () => 1, value: 1 };
  proxy(target, { methods: ["method"] });
  // @ts-expect-error a value is no method
  proxy(target, { methods: ["value"] });
  // @ts-expect-error no such method
  proxy(target, { methods: ["missing"] });
};

export const pools = async (): Promise<void> => {
  const pool = new Pool({ size: 1, options: { env: { A: "1" } } });
  same<Awaited<ReturnType<typeof pool.run<string>>>, RunResult<string>>(true);
  // @ts-expect-error a pool has a size
  new Pool({});
  // @ts-expect-error a signal would be of one sandbox
  new Pool({ size: 1, options: { signal: new AbortController().signal } });
};

export const images = async (): Promise<void> => {
  const built = await Image.build({ setup: "x = 1", mounts: { "/data": memory() }, limits: { cpu: "5 s" } });
  same<typeof built, Image>(true);
  same<Awaited<ReturnType<typeof Image.load>>, Image>(true);
  await Sandbox.create({ image: built });
  await Sandbox.run("x", { image: "team.image" });
  new Pool({ size: 1, options: { image: built } });
  // @ts-expect-error an image needs a setup
  await Image.build({});
  // @ts-expect-error a setup is run whole: there is no trace to begin with
  await Image.build({ setup: "1", record: "file" });
  // @ts-expect-error an image is a file or an Image
  await Sandbox.create({ image: new Uint8Array(1) });
};

export const interceptors = async (): Promise<void> => {
  await Sandbox.create({
    intercept: {
      open: (operation, next) => {
        same<typeof operation.path, string>(true);
        same<typeof operation.args.flags, number>(true);
        return next();
      },
    },
  });
  // @ts-expect-error a read's answer has data
  await Sandbox.create({ intercept: { read: () => ({ length: 1 }) } });
  // @ts-expect-error no such operation
  await Sandbox.create({ intercept: { opne: () => undefined } });
};
