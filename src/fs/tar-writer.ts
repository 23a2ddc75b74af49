import { Errno } from "../wire/errno.js";
import type { FileSystem, Inode, Stat } from "./filesystem.js";

const BLOCK = 512;
const PIECE = 1 << 20;
const encoder = new TextEncoder();
const TYPES = { file: "0", directory: "5", symlink: "2", fifo: "6" } as const;

/** The files of a file system as a tar archive (pax), piece by piece. Devices and sockets are left out. */
export async function* writeTar(fs: FileSystem): AsyncGenerator<Uint8Array> {
  const links = new Map<number, string>();
  const pending: [path: string, inode: Inode][] = [["", await fs.root()]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [path, inode] = next;
    const stat = await inode.stat();
    if (path !== "") yield* entry(path, inode, stat, links);
    if (inode.type !== "directory" || inode.readdir === undefined || inode.lookup === undefined) continue;
    const names = (await inode.readdir())
      .map(({ name }) => name)
      .sort()
      .reverse();
    for (const name of names)
      pending.push([path === "" ? name : `${path}/${name}`, await inode.lookup(name)]);
  }
  yield new Uint8Array(2 * BLOCK);
}

async function* entry(
  path: string,
  inode: Inode,
  stat: Stat,
  links: Map<number, string>,
): AsyncGenerator<Uint8Array> {
  const { type } = inode;
  if (type !== "file" && type !== "directory" && type !== "symlink" && type !== "fifo") return;
  const name = type === "directory" ? `${path}/` : path;
  const first = stat.nlink > 1 && type === "file" ? links.get(stat.ino) : undefined;
  if (first !== undefined) {
    yield* headers(name, "1", stat, 0, first);
    return;
  }
  if (stat.nlink > 1 && type === "file") links.set(stat.ino, path);
  const target = type === "symlink" ? await inode.readlink?.() : undefined;
  const size = type === "file" ? stat.size : 0;
  yield* headers(name, TYPES[type], stat, size, target ?? "");
  if (size > 0) yield* contents(inode, size);
}

async function* contents(inode: Inode, size: number): AsyncGenerator<Uint8Array> {
  const open = await inode.open?.({ read: true, write: false });
  if (open === undefined) throw new Errno("EACCES");
  try {
    for (let done = 0; done < size; ) {
      // A file that became shorter meanwhile is filled up with zeros: its size has been said.
      const piece = new Uint8Array(Math.min(PIECE, size - done));
      for (let filled = 0; filled < piece.length; ) {
        const read = await open.read(piece.subarray(filled), done + filled);
        if (read === 0) break;
        filled += read;
      }
      yield piece;
      done += piece.length;
    }
  } finally {
    await open.close?.();
  }
  const rest = size % BLOCK;
  if (rest > 0) yield new Uint8Array(BLOCK - rest);
}

function* headers(
  path: string,
  type: string,
  stat: Stat,
  size: number,
  target: string,
): Generator<Uint8Array> {
  const seconds = stat.mtime / 1_000_000_000n;
  const wide: [string, string][] = [["mtime", decimal(stat.mtime)]];
  if (encoder.encode(path).length > 100 || !isAscii(path)) wide.push(["path", path]);
  if (encoder.encode(target).length > 100 || !isAscii(target)) wide.push(["linkpath", target]);
  if (size >= 8 ** 11) wide.push(["size", `${size}`]);
  const records = encoder.encode(wide.map(([key, value]) => record(key, value)).join(""));
  yield block("pax", "x", 0o644, 0, 0, records.length, 0n, "");
  const padded = new Uint8Array(Math.ceil(records.length / BLOCK) * BLOCK);
  padded.set(records);
  yield padded;
  yield block(path, type, stat.mode, stat.uid, stat.gid, size < 8 ** 11 ? size : 0, seconds, target);
}

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

function decimal(nanoseconds: bigint): string {
  const [sign, absolute] = nanoseconds < 0n ? ["-", -nanoseconds] : ["", nanoseconds];
  const fraction = (absolute % 1_000_000_000n).toString().padStart(9, "0");
  return `${sign}${absolute / 1_000_000_000n}.${fraction}`;
}

/** A record says its own length, its digits included. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = encoder.encode(rest).length;
  let length = bytes + `${bytes}`.length;
  if (`${length}`.length !== `${bytes}`.length) length = bytes + `${length}`.length;
  return `${length}${rest}`;
}

function block(
  path: string,
  type: string,
  mode: number,
  uid: number,
  gid: number,
  size: number,
  seconds: bigint,
  target: string,
): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const put = (text: string, at: number, length: number): void =>
    header.set(encoder.encode(text).subarray(0, length), at);
  const octal = (value: number, at: number, length: number): void =>
    put(
      `${Math.max(0, value)
        .toString(8)
        .padStart(length - 1, "0")
        .slice(1 - length)}\0`,
      at,
      length,
    );
  put(path, 0, 100);
  octal(mode & 0o7777, 100, 8);
  octal(uid < 8 ** 7 ? uid : 65_534, 108, 8);
  octal(gid < 8 ** 7 ? gid : 65_534, 116, 8);
  octal(size, 124, 12);
  octal(seconds >= 0n && seconds < 8n ** 11n ? Number(seconds) : 0, 136, 12);
  put("        ", 148, 8);
  put(type, 156, 1);
  put(target, 157, 100);
  put("ustar\u000000", 257, 8);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  header[155] = 32;
  return header;
}
