/** A sandbox that was given nothing: what it can see is what is listed here, and nothing of the host is in it. */
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, release, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { prebuiltDirectory } from "../../src/engine/prebuilt.js";
import { Sandbox } from "../../src/index.js";
import { FORGE } from "./crashers.js";
import { onEachEngine } from "./engines.js";

/** All that is in the guest's tree, but for what is in Python's library and the time zones. */
const TREE = `
  / /dev /dev/fd /dev/fd/0 /dev/fd/1 /dev/fd/2 /dev/full /dev/null /dev/random /dev/stderr /dev/stdin /dev/stdout
  /dev/urandom /dev/zero /etc /etc/group /etc/hostname /etc/hosts /etc/passwd /etc/protocols /etc/services /sandbox /tmp
  /usr /usr/bin /usr/bin/python3 /usr/bin/python3.13 /usr/lib /usr/lib/python3.13 /usr/share /usr/share/zoneinfo /var
  /var/tmp`
  .trim()
  .split(/\s+/);

/** Every byte with these bits changed, so that a text can be looked for without being there. */
const MASK = 0x2a;
const masked = (text: string): Uint8Array => Buffer.from(text).map((byte) => byte ^ MASK);

onEachEngine("a sandbox that was given nothing", (engine) => {
  const before = process.cwd();
  const home = process.env["HOME"];
  const directory = mkdtempSync(join(tmpdir(), "sallyport-host-directory-"));
  let sandbox: Sandbox;
  let needles: readonly string[];

  beforeAll(async () => {
    process.chdir(directory);
    process.env["HOME"] = "/home/sallyport-host-home";
    process.env["SALLYPORT_HOST_NAME"] = "sallyport-host-value";
    sandbox = await Sandbox.create({ engine });
    needles = [
      "sallyport-host-directory-",
      "/home/sallyport-host-home",
      "SALLYPORT_HOST_NAME",
      "sallyport-host-value",
      process.execPath,
      prebuiltDirectory(),
      import.meta.dirname,
      release(),
      // A name as short as "linux" or "localhost" is in any Python.
      ...[hostname()].filter((name) => name.length > 9),
    ];
  });

  afterAll(async () => {
    await sandbox.close();
    process.chdir(before);
    delete process.env["SALLYPORT_HOST_NAME"];
    if (home === undefined) delete process.env["HOME"];
    else process.env["HOME"] = home;
    rmSync(directory, { recursive: true });
  });

  const ask = async (code: string): Promise<unknown> => sandbox.run(code).value();

  it("has no environment and no arguments", async () => {
    expect(await ask("import os, sys\n[dict(os.environ), sys.argv, sys.orig_argv]")).toEqual([{}, [""], []]);
  });

  it("has the same name, user, process, zone and locale on every host", async () => {
    const code = `
      import getpass, locale, os, platform, socket, time
      [os.getcwd(), socket.gethostname(), platform.node(), list(os.uname()), os.getpid(), os.getppid(),
       os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getgroups(), os.path.expanduser("~"),
       os.cpu_count(), list(os.getloadavg()), list(time.tzname), time.timezone, time.get_clock_info("time").resolution,
       locale.setlocale(locale.LC_ALL), os.isatty(0), os.isatty(1)]`;
    const locales = "C.UTF-8;C;C;C;C;C";
    expect(await ask(code)).toEqual([
      "/sandbox",
      "sallyport",
      "sallyport",
      ["Linux", "sallyport", "6.1.0", "#1 Sallyport", "wasm32"],
      ...[1, 0, 1000, 1000, 1000, 1000, [1000], "/sandbox"],
      ...[1, [0, 0, 0], ["UTC", "UTC"], 0, 0.001, locales, false, false],
    ]);
  });

  it("has a tree of few files, none of them the host's", async () => {
    const code = `
      import os
      found = []
      for top, folders, files in os.walk("/"):
          found.append(top)
          if top in ("/usr/lib/python3.13", "/usr/share/zoneinfo"):
              folders.clear()
              continue
          found += [os.path.join(top, name) for name in files]
      # Looking at a directory takes a descriptor, which is listed.
      sorted(name for name in set(found) if name != "/dev/fd/3")`;
    expect(await ask(code)).toEqual([...TREE].sort());
  });

  it("finds no file of the host", async () => {
    const paths = [
      ...[import.meta.filename, process.execPath, prebuiltDirectory(), directory],
      ...[
        "/proc",
        "/proc/self/environ",
        "/sys",
        "/etc/machine-id",
        "/etc/resolv.conf",
        "/root",
        "/home",
        "/bin/sh",
      ],
    ];
    await sandbox.run("import os");
    for (const path of paths) {
      expect([path, await ask(`os.path.lexists(${JSON.stringify(path)})`)]).toEqual([path, false]);
    }
  });

  it("cannot leave its root", async () => {
    const code = `
      import os
      os.chdir("/")
      above = [os.stat(name).st_ino == os.stat("/").st_ino for name in ("..", "../../..", "/tmp/../../..")]
      os.symlink("../../../../etc", "/tmp/up")
      names = sorted(os.listdir("/tmp/up"))
      os.remove("/tmp/up"); os.chdir("/sandbox")
      [above, names]`;
    const names = ["group", "hostname", "hosts", "passwd", "protocols", "services"];
    expect(await ask(code)).toEqual([[true, true, true], names]);
  });

  it("reaches no network but its own loopback", async () => {
    const code = `
      import socket
      def refused(attempt):
          try: attempt()
          except OSError as error: return type(error).__name__
      def datagram():
          with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: s.sendto(b"x", ("192.0.2.1", 53))
      def local():
          with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as near:
              far, _ = server.accept()
              near.send(b"x")
              with far: return far.recv(1)
      [refused(lambda: socket.create_connection(("192.0.2.1", 80), 5)), refused(datagram),
       refused(lambda: socket.getaddrinfo("example.com", 80)),
       refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW)),
       refused(lambda: socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock")),
       [name for _, name in socket.if_nameindex()], local()]`;
    expect(await ask(code)).toEqual([
      ...["PermissionError", "PermissionError", "gaierror", "PermissionError", "FileNotFoundError"],
      ...[["lo"], new Uint8Array([0x78])],
    ]);
  });

  it("can neither start nor find another process", async () => {
    const code = `
      import os, subprocess
      def refused(attempt):
          try: attempt()
          except OSError as error: return type(error).__name__
      [refused(os.fork), refused(lambda: os.execv("/usr/bin/python3", ["x"])),
       refused(lambda: os.posix_spawn("/usr/bin/python3", ["x"], {})), refused(lambda: subprocess.run(["ls"])),
       os.system("ls") != 0, refused(lambda: os.kill(${process.pid}, 0)), refused(lambda: os.kill(2, 9))]`;
    const denied = "PermissionError";
    const absent = "ProcessLookupError";
    expect(await ask(code)).toEqual([denied, denied, denied, denied, true, absent, absent]);
  });

  it("holds nothing of the host in any object of the interpreter's", async () => {
    await using other = await Sandbox.create({ engine });
    const code = `
      import gc, locale, os, platform, pwd, site, socket, sys, sysconfig, tempfile, time
      def search():
          told = [platform.uname(), platform.platform(), sysconfig.get_config_vars(), sysconfig.get_paths(), site.getsitepackages(),
                  tempfile.gettempdir(), pwd.getpwall(), sys.version, sys.flags, os.confstr_names]
          seen, queue, texts = set(), [told, sys.modules, *gc.get_objects()], []
          while queue:
              one = queue.pop()
              if id(one) in seen: continue
              seen.add(id(one))
              if isinstance(one, str): texts.append(one.encode("utf-8", "surrogatepass"))
              elif isinstance(one, (bytes, bytearray)): texts.append(bytes(one))
              else: queue.extend(gc.get_referents(one))
          change = bytes(byte ^ ${MASK} for byte in range(256))
          everything = b"\\0".join(texts).translate(change)
          return [len(texts) > 10000, b"sallyport".translate(change) in everything, [everything.count(it) for it in needles]]
      search()`;
    const found = await other.run(code, { variables: { needles: needles.map(masked) } }).value();
    expect(found).toEqual([true, true, needles.map(() => 0)]);
  });

  it("holds nothing of the host anywhere in its memory", async () => {
    await using other = await Sandbox.create({ engine });
    const code = `${FORGE}
import gc
change = bytes(byte ^ ${MASK} for byte in range(256))
memory = all_memory()
last = max(id(one) for one in gc.get_objects())
def search(wanted):
    step, overlap = 1 << 20, 256
    return sum(memory[at:min(at + step + overlap, last)].translate(change).count(wanted) for at in range(0, last, step))
[last > 1 << 20, search(b"sallyport".translate(change)) > 0, [search(bytes(it)) for it in needles]]`;
    const found = await other.run(code, { variables: { needles: needles.map(masked) } }).value();
    expect(found).toEqual([true, true, needles.map(() => 0)]);
  });
});
