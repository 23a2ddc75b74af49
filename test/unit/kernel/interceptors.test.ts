import { describe, expect, it } from "vitest";
import { EndedByInterceptor, InterceptorError } from "../../../src/kernel/ending.js";
import { AT_FDCWD, O_CREAT, O_RDWR } from "../../../src/kernel/flags.js";
import { end, refuse } from "../../../src/kernel/interception.js";
import type { Observed } from "../../../src/kernel/observe.js";
import { RuledErrno } from "../../../src/kernel/policy.js";
import { bytes, errno, files, now, setting, text } from "./harness.js";

describe("interceptors", () => {
  it("refuse by the resolved path, whatever the guest calls it", async () => {
    const at = setting({
      intercept: { open: (op, next) => (op.path.startsWith("/secrets/") ? refuse("EACCES") : next()) },
    });
    const { mkdir, symlink, put, chdir } = files(at);
    mkdir("/secrets");
    mkdir("/work");
    symlink("/secrets", "/work/alias");
    symlink("/secrets/key", "/work/key");
    put("/work/ok", "fine");
    chdir("/work");
    const open = (path: string): Promise<string> =>
      errno(() => at.ops.open({ at: AT_FDCWD, path, flags: O_CREAT | O_RDWR, mode: 0o600 }));
    expect(await open("/secrets/key")).toBe("EACCES");
    expect(await open("alias/key")).toBe("EACCES");
    expect(await open("key")).toBe("EACCES");
    expect(await open("../secrets/./key")).toBe("EACCES");
    expect(await open("ok")).toBe("ok");
  });

  it("change arguments and results, at once or later", async () => {
    const at = setting({
      intercept: [
        { write: (op, next) => next({ data: bytes(text(op.args.data).toUpperCase()) }) },
        {
          read: async (_op, next) => {
            const { data } = await next();
            return { data: bytes(text(data).replace("SECRET", "******")) };
          },
        },
      ],
    });
    files(at).put("/a", "the secret word");
    const fd = files(at).open("/a");
    const { data } = await at.ops.read({ fd, capacity: 100 });
    expect(text(data)).toBe("THE ****** WORD");
  });

  it("answer without asking the kernel", () => {
    const at = setting({ intercept: { clock: () => ({ time: 42n }), identity: () => ({ value: 7 }) } });
    expect(now(at.ops.clock({ id: 0 })).time).toBe(42n);
    expect(now(at.ops.identity({ which: 2 })).value).toBe(7);
    expect(at.kernel.counts.operations).toBe(2);
  });

  it("see everything by '*', around the named one", async () => {
    const seen: string[] = [];
    const at = setting({
      intercept: {
        "*": async (op, next) => {
          seen.push(`> ${op.name} ${op.path ?? ""}`);
          const results = await next();
          seen.push(`< ${op.name}`);
          return results;
        },
        stat: (op, next) => {
          seen.push(`stat ${op.path}`);
          return next();
        },
      },
    });
    await at.ops.stat({ at: AT_FDCWD, path: "dev/../dev", flags: 0 });
    const { fd } = await at.ops.open({ at: AT_FDCWD, path: "/dev/null", flags: 0, mode: 0 });
    await at.ops.read({ fd, capacity: 1 });
    expect(seen).toEqual([
      "> stat /dev",
      "stat /dev",
      "< stat",
      "> open /dev/null",
      "< open",
      "> read /dev/null",
      "< read",
    ]);
  });

  it("end the sandbox", () => {
    const at = setting({ intercept: { unlink: () => end("no deleting here") } });
    expect(() => files(at).unlink("/x")).toThrow(EndedByInterceptor);
  });

  it("cost the sandbox when they throw, answer nonsense or hang", async () => {
    const at = setting({
      interceptLimit: 20,
      intercept: {
        clock: () => {
          throw new TypeError("a bug");
        },
        random: ({ args }) => ({ data: new Uint8Array(args.capacity + 1) }),
        umask: () => new Promise<never>(() => {}),
        stat: (_op, next) => next({ path: "/dev", flags: 0 }),
        kill: (_op, next) => next(JSON.parse('{"pid":"one"}')),
      },
    });
    expect(() => at.ops.clock({ id: 0 })).toThrow(/interceptor "clock" threw TypeError: a bug/);
    expect(() => at.ops.random({ capacity: 4 })).toThrow(/"random" answered a data that has 5 bytes/);
    await expect(at.ops.umask({ mask: -1 })).rejects.toThrow(InterceptorError);
    expect(() => at.ops.kill({ pid: 0, signal: 0 })).toThrow(/changed the argument pid/);
    expect(now(at.ops.stat({ at: AT_FDCWD, path: "/none", flags: 0 })).stat.ino).toBeGreaterThan(0);
  });

  it("do not pay for the time that the operation waits", async () => {
    const at = setting({
      interceptLimit: 30,
      intercept: {
        sleep: async (_op, next) => {
          await undefined;
          return await next();
        },
      },
    });
    await at.ops.sleep({ id: 1, until: 100_000_000n, flags: 0 });
  });

  it("pass errnos of the kernel on, and may turn them into answers", async () => {
    const at = setting({
      intercept: {
        access: async (_op, next) => {
          try {
            await next();
          } catch {
            // All is accessible.
          }
        },
        stat: (_op, next) => next(),
      },
    });
    expect(await errno(() => at.ops.access({ at: AT_FDCWD, path: "/none", mode: 4, flags: 0 }))).toBe("ok");
    expect(await errno(() => at.ops.stat({ at: AT_FDCWD, path: "/none", flags: 0 }))).toBe("ENOENT");
  });
});

describe("observers", () => {
  it("are told of answers, errnos and durations", async () => {
    const seen: Observed[] = [];
    const at = setting({ observe: (observed) => seen.push(observed) });
    await errno(() => at.ops.stat({ at: AT_FDCWD, path: "/none", flags: 0 }));
    at.ops.clock({ id: 0 });
    expect(seen.map(({ name, outcome }) => [name, "error" in outcome])).toEqual([
      ["stat", true],
      ["clock", false],
    ]);
  });
});

describe("rules on files", () => {
  const ruled = async () => {
    const seen: Observed[] = [];
    const at = setting({
      files: { deny: ["/**/.env", "/vault/inner/**"], readonly: ["/conf", "*.lock"] },
      observe: (observed) => seen.push(observed),
    });
    return { at, seen, ...files(at) };
  };

  it("deny by where a file is", async () => {
    const { at, seen, mkdir, symlink } = await ruled();
    mkdir("/vault");
    mkdir("/vault/inner");
    symlink("/vault/inner", "/short");
    const open = (path: string): Promise<string> =>
      errno(() => at.ops.open({ at: AT_FDCWD, path, flags: O_CREAT | O_RDWR, mode: 0o600 }));
    expect(await open("/.env")).toBe("EACCES");
    expect(await open("/vault/.env")).toBe("EACCES");
    expect(await open("/vault/inner/x")).toBe("EACCES");
    expect(await open("/short/x/y")).toBe("ENOENT");
    expect(await open("/short/x")).toBe("EACCES");
    expect(await open("/vault/free")).toBe("ok");
    const { outcome } = seen.find(({ name, outcome }) => name === "open" && "error" in outcome) ?? {};
    const error = outcome !== undefined && "error" in outcome ? outcome.error : undefined;
    expect(error).toBeInstanceOf(RuledErrno);
    expect(error).toMatchObject({ rule: "/**/.env", path: "/.env", kind: "deny" });
  });

  it("cannot be left behind by moving or linking", async () => {
    const { at, mkdir, put } = await ruled();
    mkdir("/vault");
    mkdir("/vault/inner");
    mkdir("/other");
    put("/other/file");
    put("/x.txt");
    const rename = (path: string, to: string, flags = 0): Promise<string> =>
      errno(() => at.ops.rename({ at: AT_FDCWD, path, to_at: AT_FDCWD, to_path: to, flags }));
    expect(await rename("/vault", "/open")).toBe("EACCES");
    expect(await rename("/vault/inner", "/open")).toBe("EACCES");
    expect(await rename("/other", "/vault", 2)).toBe("EACCES");
    expect(await rename("/other", "/another")).toBe("ok");
    expect(await rename("/x.txt", "/.env")).toBe("EACCES");
    expect(await rename("/x.txt", "/x.lock")).toBe("EROFS");
    expect(await rename("/x.txt", "/y.txt")).toBe("ok");
  });

  it("keep what is read-only as it is", async () => {
    const at = setting({ files: { readonly: ["/conf"] } });
    expect(await errno(() => at.ops.mkdir({ at: AT_FDCWD, path: "/conf", mode: 0o755 }))).toBe("EROFS");
    expect(await errno(() => at.ops.mkdir({ at: AT_FDCWD, path: "/config", mode: 0o755 }))).toBe("ok");
    expect(await errno(() => at.ops.chmod({ at: AT_FDCWD, path: "/", mode: 0o700, flags: 0 }))).toBe("ok");
  });

  it("refuse patterns that cannot be", () => {
    expect(() => setting({ files: { deny: ["/a/{b"] } })).toThrow(TypeError);
    expect(() => setting({ files: { deny: ["/"] } })).toThrow(TypeError);
    expect(() => setting({ files: { deny: ["/[a"] } })).toThrow(TypeError);
  });
});
