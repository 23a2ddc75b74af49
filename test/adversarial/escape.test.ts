import { execFileSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { directory } from "../../src/fs/directory/directory.js";
import { AT_FDCWD, O_DIRECTORY, O_NONBLOCK } from "../../src/kernel/flags.js";
import { now } from "../unit/kernel/harness.js";
import { EscapeWorld, type Guest, SECRET } from "./escape-world.js";

let world: EscapeWorld;
beforeEach(() => {
  world = new EscapeWorld();
});
afterEach(() => world.close());

/** Whatever was tried: nothing from beyond was seen, and nothing there changed. */
function unharmed(guest: Guest, before: string): void {
  for (const seen of guest.seen) {
    expect(seen).not.toContain(SECRET);
    expect(seen).not.toContain("secret-dir");
  }
  expect(world.beyond()).toBe(before);
}

/** Each puts something into the mount that leads out, and says by which path. */
const LURES: Readonly<Record<string, (w: EscapeWorld) => string>> = {
  "dots above the mount": () => "/m/../outside",
  "many dots": (w) => `/m/dir/${"../".repeat(40)}${w.outside.slice(1)}`,
  "dots behind slashes": () => "/m//dir/..//..//outside",
  "the absolute path of the host": (w) => w.outside,
  "an absolute link": (w) => lure(w, w.outside),
  "a relative link": (w) => lure(w, "../outside"),
  "a link with dots in the middle": (w) => lure(w, "dir/deep/../../../outside"),
  "a link with a slash at its end": (w) => `${lure(w, `${w.outside}/`)}/`,
  "a link to a link": (w) => {
    lure(w, w.outside, "one");
    return lure(w, "one");
  },
  "a link in a linked directory": (w) => {
    lure(w, "../../outside", "dir/up");
    lure(w, "dir", "same");
    return "/m/same/up";
  },
  "a link to the root": (w) => `${lure(w, "/")}${w.outside}`,
  "a link to the parent": (w) => `${lure(w, "..")}/outside`,
  "a link to the mount by its host path": (w) => `${lure(w, w.mount)}/../outside`,
  "a link to /proc/self/root": (w) => `${lure(w, "/proc/self/root")}${w.outside}`,
  "a link to /proc/self/cwd": (w) => `${lure(w, "/proc/self/cwd")}/..${w.outside}`,
  "a link to the controller's descriptors": (w) => lure(w, "/proc/self/fd"),
  "a link to a descriptor of the controller's": (w) => {
    const fd = fs.openSync(w.outside, "r");
    opened.push(fd);
    return lure(w, `/proc/${process.pid}/fd/${fd}`);
  },
  "a long chain of links": (w) => {
    for (let at = 0; at < 38; at++) lure(w, at === 0 ? w.outside : `chain${at - 1}`, `chain${at}`);
    return "/m/chain37";
  },
  "a link whose target has a thousand dots": (w) => lure(w, `${"../".repeat(1000)}${w.outside.slice(1)}`),
  backslashes: () => "/m/..\\outside",
  "percent signs": () => "/m/%2e%2e/outside",
  "full-width dots": () => "/m/．．/outside",
  "dots with a zero-width space": () => "/m/.\u200b./outside",
  "one dot leader, two dots in one": () => "/m/‥/outside",
  "dots and a space": () => "/m/.. /outside",
  "dots and a newline": () => "/m/..\n/outside",
};

const opened: number[] = [];
afterEach(() => {
  for (const fd of opened.splice(0)) fs.closeSync(fd);
});

function lure(w: EscapeWorld, target: string, name = "lure"): string {
  fs.symlinkSync(target, `${w.mount}/${name}`);
  return `/m/${name}`;
}

describe("out of a directory mount there is no way by", () => {
  it.each(Object.entries(LURES))("%s", (_, make) => {
    const at = make(world);
    const before = world.beyond();
    for (const mode of ["ro", "rw"] as const) {
      const guest = world.guest({ mode });
      guest.tryAll(at);
      unharmed(guest, before);
    }
  });

  it("links that the guest makes itself", () => {
    const before = world.beyond();
    const guest = world.guest();
    for (const [at, target] of [world.outside, "../outside", "..", "/", "/proc/self/root"].entries()) {
      expect(guest.try((f) => f.symlink(target, `/m/own${at}`))).toBeUndefined();
      guest.tryAll(`/m/own${at}`);
      guest.tryAll(`/m/own${at}${world.outside}`);
      guest.tryAll(`/m/own${at}/outside`);
    }
    unharmed(guest, before);
  });

  it("hard links to the outside, which are neither read nor written", () => {
    fs.linkSync(`${world.outside}/secret`, `${world.mount}/hard`);
    const before = world.beyond();
    const guest = world.guest();
    expect(guest.try((f) => f.get("/m/hard"))).toBe("EACCES");
    expect(guest.try((f) => f.put("/m/hard", "overwritten"))).toBe("EACCES");
    expect(guest.try((_, ops) => now(ops.truncate({ at: AT_FDCWD, path: "/m/hard", size: 0n })))).toBe(
      "EACCES",
    );
    expect(guest.try((f) => f.link("/m/hard", "/m/second"))).toBe("EACCES");
    guest.try((f) => f.rename("/m/hard", "/m/dir/renamed"));
    expect(guest.try((f) => f.get("/m/dir/renamed"))).toBe("EACCES");
    unharmed(guest, before);
  });

  it("hard links that were all inside when they were counted", () => {
    fs.linkSync(`${world.mount}/file`, `${world.mount}/dir/second`);
    const guest = world.guest();
    expect(guest.try((f) => f.get("/m/dir/second"))).toBe("inside");
    fs.renameSync(`${world.mount}/file`, `${world.outside}/file`);
    fs.linkSync(`${world.outside}/file`, `${world.outside}/third`);
    expect(guest.try((f) => f.put("/m/dir/second", "x"))).toBe("EACCES");
    expect(fs.readFileSync(`${world.outside}/file`, "utf8")).toBe("inside");
  });

  it("files with other names, unless that is allowed, and then as far as it is", () => {
    fs.linkSync(`${world.outside}/secret`, `${world.mount}/hard`);
    const readable = world.guest({ links: "readable" });
    expect(readable.try((f) => f.get("/m/hard"))).toBe(SECRET);
    expect(readable.try((f) => f.put("/m/hard", "x"))).toBe("EACCES");
    const any = world.guest({ links: "any" });
    expect(any.try((f) => f.put("/m/hard", "y"))).toBeUndefined();
    expect(fs.readFileSync(`${world.outside}/secret`, "utf8").startsWith("y")).toBe(true);
  });

  it("links at all, where there are none", () => {
    lure(world, "file", "harmless");
    const guest = world.guest({ links: "none" });
    expect(guest.try((f) => f.get("/m/harmless"))).toBe("ENOENT");
    expect(guest.try((f) => f.symlink("file", "/m/made"))).toBe("EPERM");
    expect(guest.try((f) => f.list("/m").sort())).toEqual([".", "..", "dir", "file"]);
  });

  it("a working directory or descriptor that was moved out of the mount", () => {
    const before = world.beyond();
    const guest = world.guest();
    guest.try((f) => f.chdir("/m/dir/deep"));
    const fd = guest.try((f) => f.open("/m/dir", O_DIRECTORY));
    expect(guest.try((f) => f.list(".").sort())).toEqual([".", ".."]);
    fs.renameSync(`${world.mount}/dir`, `${world.base}/moved`);
    fs.writeFileSync(`${world.base}/moved/deep/secret`, SECRET);
    fs.writeFileSync(`${world.base}/moved/secret`, SECRET);
    const moved = performance.now();
    while (performance.now() - moved < 5);
    expect(guest.try((f) => f.get("secret"))).toBe("ENOENT");
    expect(guest.try((f) => f.list("."))).not.toContain("secret");
    expect(guest.try((f) => f.put("planted", "x"))).toBe("ENOENT");
    guest.tryAll("..");
    guest.tryAll("../../outside");
    expect(guest.try((_, ops) => now(ops.open({ at: Number(fd), path: "secret", flags: 0, mode: 0 })))).toBe(
      "ENOENT",
    );
    expect(fs.existsSync(`${world.base}/moved/deep/planted`)).toBe(false);
    unharmed(guest, before);
  });

  it("a working directory that was removed", () => {
    const guest = world.guest();
    const before = world.beyond();
    guest.try((f) => f.chdir("/m/dir/deep"));
    guest.try((f) => f.rmdir("/m/dir/deep"));
    guest.tryAll("../../../outside");
    guest.tryAll(".");
    unharmed(guest, before);
  });

  it("a directory that is replaced by a link after it was visited", () => {
    const guest = world.guest();
    expect(guest.try((f) => f.get("/m/dir/secret"))).toBe("inside");
    fs.renameSync(`${world.mount}/dir`, `${world.base}/away`);
    fs.symlinkSync(world.outside, `${world.mount}/dir`);
    const before = world.beyond();
    guest.tryAll("/m/dir");
    unharmed(guest, before);
  });

  it("a mount whose directory is replaced by a link", () => {
    const guest = world.guest();
    expect(guest.try((f) => f.get("/m/file"))).toBe("inside");
    fs.renameSync(world.mount, `${world.base}/old`);
    fs.symlinkSync(world.outside, world.mount);
    const before = world.beyond();
    guest.tryAll("/m");
    expect(guest.try((f) => f.get("/m/file"))).not.toBe(SECRET);
    unharmed(guest, before);
    fs.unlinkSync(world.mount);
  });

  it("a file that is replaced by a link while it is open", () => {
    const guest = world.guest();
    const fd = Number(guest.try((f) => f.open("/m/file", 2)));
    fs.unlinkSync(`${world.mount}/file`);
    fs.symlinkSync(`${world.outside}/secret`, `${world.mount}/file`);
    const before = world.beyond();
    guest.try((_, ops) => Buffer.from(now(ops.pread({ fd, capacity: 100, offset: 0n })).data).toString());
    expect(guest.seen.at(-1)).toBe("inside");
    guest.try((_, ops) => now(ops.fchmod({ fd, mode: 0o777 })));
    guest.try((_, ops) => now(ops.ftruncate({ fd, size: 0n })));
    guest.try((_, ops) => now(ops.futimens({ fd, atime: 1n, mtime: 1n, which: 3 })));
    guest.try((_, ops) => now(ops.write({ fd, data: Buffer.from("overwritten") })));
    unharmed(guest, before);
  });
});

describe("what is not a file is not opened", () => {
  it("pipes, which would wait", () => {
    world.fifo(`${world.mount}/pipe`);
    const guest = world.guest();
    expect(guest.try((f) => f.stat("/m/pipe").mode & 0o170000)).toBe(0o010000);
    guest.try((f) => f.open("/m/pipe", O_NONBLOCK));
    // Nothing of the controller's is at the other end: a writer there would be let through.
    expect(() => fs.openSync(`${world.mount}/pipe`, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK)).toThrow(
      "ENXIO",
    );
  });

  it("pipes that take the place of a file that was looked at", () => {
    const guest = world.guest();
    const mounted = directory(world.mount, { mode: "rw" });
    const file = mounted.root().lookup("file");
    fs.unlinkSync(`${world.mount}/file`);
    world.fifo(`${world.mount}/file`);
    expect(() => "open" in file && file.open({ read: true, write: false })).toThrow("ENOENT");
    mounted.close();
    expect(guest.try((f) => f.stat("/m/file").mode & 0o170000)).toBe(0o010000);
  });

  it.skipIf(process.geteuid?.() !== 0)("devices", () => {
    execFileSync("mknod", [`${world.mount}/null`, "c", "1", "3"]);
    execFileSync("mknod", [`${world.mount}/zero`, "c", "1", "5"]);
    const guest = world.guest();
    for (const name of ["null", "zero"]) {
      expect(guest.try((f) => f.get(`/m/${name}`))).toMatch(/^E/);
      expect(guest.try((f) => f.put(`/m/${name}`, "x"))).toMatch(/^E/);
      expect(
        guest.try((_, ops) => now(ops.chmod({ at: AT_FDCWD, path: `/m/${name}`, mode: 0o777, flags: 0 }))),
      ).toBe("EPERM");
    }
  });

  it("sockets", async () => {
    const server = net.createServer(() => {
      throw new Error("the guest connected");
    });
    await new Promise<void>((resolve) => server.listen(`${world.mount}/socket`, resolve));
    const guest = world.guest();
    expect(guest.try((f) => f.get("/m/socket"))).toBe("ENXIO");
    await new Promise((resolve) => server.close(resolve));
  });

  it("file systems of the system's own", () => {
    expect(() => directory("/proc")).toThrow(/system's own/);
    expect(() => directory("/sys")).toThrow(/system's own/);
    expect(() => directory("/proc/self")).toThrow(/system's own/);
    const whole = directory("/");
    expect(() => whole.root().lookup("proc")).toThrow("ENOENT");
    expect(() => whole.root().lookup("sys")).toThrow("ENOENT");
    whole.close();
    const more = directory("/", { otherFileSystems: true });
    expect(() => more.root().lookup("proc")).toThrow("ENOENT");
    expect(() => more.root().lookup("sys")).toThrow("ENOENT");
    more.close();
  });
});

describe("what is kept from the guest stays so", () => {
  it("owners and privileges", () => {
    const guest = world.guest();
    guest.try((f) => f.open("/m/made", 0o102, 0o6777));
    expect(fs.statSync(`${world.mount}/made`).mode & 0o7000).toBe(0);
    guest.try((_, ops) => now(ops.chmod({ at: AT_FDCWD, path: "/m/made", mode: 0o7755, flags: 0 })));
    expect(fs.statSync(`${world.mount}/made`).mode & 0o7777).toBe(0o755);
    guest.try((f) => f.mkdir("/m/made-dir", 0o7777));
    expect(fs.statSync(`${world.mount}/made-dir`).mode & 0o7000).toBe(0);
    const { uid } = fs.statSync(`${world.mount}/made`);
    expect(
      guest.try((_, ops) => now(ops.chown({ at: AT_FDCWD, path: "/m/made", uid: 0, gid: 0, flags: 0 }))),
    ).toBe("EPERM");
    expect(fs.statSync(`${world.mount}/made`).uid).toBe(uid);
  });

  it("modes beyond the cap", () => {
    const guest = world.guest({ modes: 0o750 });
    guest.try((_, ops) => now(ops.umask({ mask: 0 })));
    guest.try((f) => f.open("/m/made", 0o102, 0o777));
    expect(fs.statSync(`${world.mount}/made`).mode & 0o7777).toBe(0o750);
    guest.try((_, ops) => now(ops.chmod({ at: AT_FDCWD, path: "/m/made", mode: 0o666, flags: 0 })));
    expect(fs.statSync(`${world.mount}/made`).mode & 0o7777).toBe(0o640);
  });

  it("setuid of a file that is written", () => {
    fs.chmodSync(`${world.mount}/file`, 0o6755);
    const guest = world.guest();
    guest.try((f) => f.put("/m/file", "other code"));
    expect(fs.statSync(`${world.mount}/file`).mode & 0o7777).toBe(0o755);
  });

  it("everything, in a read-only mount", () => {
    const tree = (): string =>
      execFileSync("find", [world.mount, "-printf", "%p %m %T@ %s\\n"], { encoding: "utf8" });
    const before = tree();
    const guest = world.guest({ mode: "ro" });
    guest.tryAll("/m");
    guest.tryAll("/m/dir");
    guest.tryAll("/m/dir/deep");
    expect(tree()).toBe(before);
  });

  it("excluded names, in whatever spelling", () => {
    fs.mkdirSync(`${world.mount}/private`);
    fs.writeFileSync(`${world.mount}/private/key`, SECRET);
    fs.writeFileSync(`${world.mount}/id.PEM`, SECRET);
    fs.writeFileSync(`${world.mount}/.env`, SECRET);
    fs.mkdirSync(`${world.mount}/src/cache/x`, { recursive: true });
    fs.writeFileSync(`${world.mount}/src/cache/x/key`, SECRET);
    const guest = world.guest({ dotfiles: "hide", exclude: ["private", "*.pem", "/src/cache"] });
    const spellings = [
      "private",
      "PRIVATE",
      "Private",
      "pri\u200bvate",
      "ｐrivate",
      "./private",
      "dir/../private",
      "private/.",
    ];
    for (const name of spellings) {
      expect(guest.try((f) => f.get(`/m/${name}/key`))).toBe("ENOENT");
      expect(guest.try((f) => f.list(`/m/${name}`))).toBe("ENOENT");
    }
    for (const name of ["id.PEM", "id.pem", ".env", "src/cache/x/key", "src//cache/./x/key"]) {
      expect(guest.try((f) => f.get(`/m/${name}`))).toBe("ENOENT");
      expect(guest.try((f) => f.stat(`/m/${name}`))).toBe("ENOENT");
    }
    for (const name of ["private", "x.pem", ".hidden", "src/cache", "PRIVATE"]) {
      expect(guest.try((f) => f.put(`/m/${name}`, "x"))).toBe("EACCES");
      expect(guest.try((f) => f.mkdir(`/m/${name}`))).toBe("EACCES");
      expect(guest.try((f) => f.rename("/m/file", `/m/${name}`))).toBe("EACCES");
      expect(guest.try((f) => f.unlink(`/m/${name}`))).toBe("ENOENT");
    }
    expect(guest.try((f) => f.list("/m").sort())).toEqual([".", "..", "dir", "file", "src"]);
    expect(guest.try((f) => f.list("/m/src").sort())).toEqual([".", ".."]);
    // Under another name of its directory it would come to light.
    expect(guest.try((f) => f.rename("/m/src", "/m/other"))).toBe("EXDEV");
    expect(guest.try((f) => f.rename("/m/dir", "/m/other"))).toBeUndefined();
    expect(guest.try((f) => f.rmdir("/m/src"))).toBe("ENOTEMPTY");
    expect(guest.seen.join()).not.toContain(SECRET);
  });

  it("excluded contents under a name that is not", () => {
    fs.writeFileSync(`${world.mount}/key.pem`, SECRET);
    fs.linkSync(`${world.mount}/key.pem`, `${world.mount}/innocent`);
    fs.symlinkSync("key.pem", `${world.mount}/link`);
    const guest = world.guest({ exclude: ["*.pem"] });
    expect(guest.try((f) => f.get("/m/innocent"))).toBe("EACCES");
    expect(guest.try((f) => f.get("/m/link"))).toBe("ENOENT");
  });

  it("the growth of the mount", () => {
    const guest = world.guest({ growth: { bytes: 10, entries: 3 } });
    expect(guest.try((f) => f.put("/m/a", "12345678"))).toBeUndefined();
    const fd = Number(guest.try((f) => f.open("/m/a", 2)));
    const write = (data: string, offset: bigint): unknown =>
      guest.try((_, ops) => now(ops.pwrite({ fd, data: Buffer.from(data), offset })).length);
    expect(write("abcd", 8n)).toBe(2);
    expect(write("x", 10n)).toBe("ENOSPC");
    expect(write("overwriting", 0n)).toBe(10);
    expect(guest.try((_, ops) => now(ops.ftruncate({ fd, size: 11n })))).toBe("ENOSPC");
    expect(guest.try((_, ops) => now(ops.allocate({ fd, offset: 0n, length: 20n })))).toBe("ENOSPC");
    expect(guest.try((f) => f.put("/m/b", "x"))).toBe("ENOSPC");
    guest.try((f) => f.unlink("/m/a"));
    expect(guest.try((f) => f.put("/m/b", "x"))).toBeUndefined();
    guest.try((f) => f.mkdir("/m/c"));
    guest.try((f) => f.symlink("x", "/m/d"));
    expect(guest.try((f) => f.mkdir("/m/e"))).toBe("ENOSPC");
    guest.try((f) => f.rmdir("/m/c"));
    expect(guest.try((f) => f.mkdir("/m/e"))).toBeUndefined();
  });
});
