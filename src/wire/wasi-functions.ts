import type { OperationShape } from "./operations.js";
import {
  array,
  buffer,
  count,
  filled,
  gather,
  i64,
  out,
  type Parameters,
  path,
  record,
  scatter,
  slots,
  strings,
  u32,
  u64,
} from "./parameters.js";

const fn = <const P extends Parameters>(number: number, parameters: P, summary: string) =>
  ({ number, summary, parameters, errnos: [] }) as const;

/**
 * WASI preview 1, all 46 functions, in the order of their C header; answered with WASI's errno numbers.
 *
 * Source: wasi_snapshot_preview1.witx. The wire number is WASI_BASE + the position.
 */
export const wasi = {
  args_get: fn(256, { strings }, "The arguments."),
  args_sizes_get: fn(257, { argc: out(4), size: out(4) }, "Their number and size."),
  environ_get: fn(258, { strings }, "The environment."),
  environ_sizes_get: fn(259, { count: out(4), size: out(4) }, "Its number and size."),
  clock_res_get: fn(260, { id: u32, resolution: out(8) }, "A clock's resolution."),
  clock_time_get: fn(261, { id: u32, precision: u64, time: out(8) }, "A clock's time."),
  fd_advise: fn(262, { fd: u32, offset: u64, length: u64, advice: u32 }, "Advice about a range."),
  fd_allocate: fn(263, { fd: u32, offset: u64, length: u64 }, "Make room for a range."),
  fd_close: fn(264, { fd: u32 }, "Close."),
  fd_datasync: fn(265, { fd: u32 }, "Write data through."),
  fd_fdstat_get: fn(266, { fd: u32, fdstat: record(24) }, "A descriptor's attributes."),
  fd_fdstat_set_flags: fn(267, { fd: u32, flags: u32 }, "Set a descriptor's flags."),
  fd_fdstat_set_rights: fn(268, { fd: u32, base: u64, inheriting: u64 }, "Take rights away."),
  fd_filestat_get: fn(269, { fd: u32, filestat: record(64) }, "An open file's attributes."),
  fd_filestat_set_size: fn(270, { fd: u32, size: u64 }, "Set an open file's size."),
  fd_filestat_set_times: fn(
    271,
    { fd: u32, atime: u64, mtime: u64, flags: u32 },
    "Set an open file's times.",
  ),
  fd_pread: fn(272, { fd: u32, data: scatter, offset: u64, nread: count }, "Read at an offset."),
  fd_prestat_get: fn(273, { fd: u32, prestat: record(8) }, "A preopened directory."),
  fd_prestat_dir_name: fn(274, { fd: u32, name: buffer }, "Its name."),
  fd_pwrite: fn(275, { fd: u32, data: gather, offset: u64, nwritten: count }, "Write at an offset."),
  fd_read: fn(276, { fd: u32, data: scatter, nread: count }, "Read."),
  fd_readdir: fn(277, { fd: u32, entries: buffer, cookie: u64, length: count }, "Read directory entries."),
  fd_renumber: fn(278, { fd: u32, to: u32 }, "Move a descriptor."),
  fd_seek: fn(279, { fd: u32, offset: i64, whence: u32, position: out(8) }, "Move the position."),
  fd_sync: fn(280, { fd: u32 }, "Write all through."),
  fd_tell: fn(281, { fd: u32, position: out(8) }, "The position."),
  fd_write: fn(282, { fd: u32, data: gather, nwritten: count }, "Write."),
  path_create_directory: fn(283, { fd: u32, path }, "Make a directory."),
  path_filestat_get: fn(284, { fd: u32, lookup: u32, path, filestat: record(64) }, "Attributes by path."),
  path_filestat_set_times: fn(
    285,
    { fd: u32, lookup: u32, path, atime: u64, mtime: u64, flags: u32 },
    "Set times by path.",
  ),
  path_link: fn(286, { fd: u32, lookup: u32, path, to_fd: u32, to_path: path }, "Make a hard link."),
  path_open: fn(
    287,
    { fd: u32, lookup: u32, path, oflags: u32, base: u64, inheriting: u64, fdflags: u32, opened: out(4) },
    "Open.",
  ),
  path_readlink: fn(288, { fd: u32, path, target: buffer, length: count }, "A link's target."),
  path_remove_directory: fn(289, { fd: u32, path }, "Remove a directory."),
  path_rename: fn(290, { fd: u32, path, to_fd: u32, to_path: path }, "Rename."),
  path_symlink: fn(291, { target: path, fd: u32, path }, "Make a symbolic link."),
  path_unlink_file: fn(292, { fd: u32, path }, "Remove a file."),
  poll_oneoff: fn(
    293,
    {
      subscriptions: array(48, "nsubscriptions"),
      events: slots(32, "nsubscriptions"),
      nsubscriptions: u32,
      nevents: count,
    },
    "Wait for events.",
  ),
  proc_exit: { ...fn(294, { status: u32 }, "Leave. Never answered."), final: true },
  proc_raise: fn(295, { signal: u32 }, "Send oneself a signal."),
  sched_yield: fn(296, {}, "Let others run."),
  random_get: fn(297, { data: filled }, "Random bytes; the whole buffer is filled."),
  sock_accept: fn(298, { fd: u32, flags: u32, connection: out(4) }, "Take a connection."),
  sock_recv: fn(299, { fd: u32, data: scatter, flags: u32, nread: count, roflags: out(2) }, "Receive."),
  sock_send: fn(300, { fd: u32, data: gather, flags: u32, nwritten: count }, "Send."),
  sock_shutdown: fn(301, { fd: u32, how: u32 }, "Shut directions."),
} as const satisfies Readonly<Record<string, OperationShape>>;

export type WasiFunctionName = keyof typeof wasi;
