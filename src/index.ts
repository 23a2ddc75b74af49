/**
 * Sallyport runs untrusted Python: a full CPython that can reach nothing you did not hand it.
 *
 *     await using sandbox = await Sandbox.create({ mounts: { "/data": directory("./data") } });
 *     const result = await sandbox.run("sum(range(10))");
 */

export type { Duration, Size } from "./checks/units.js";
export type { DurableStanding } from "./durable/session.js";
export type { EngineName } from "./engine/engine.js";
export {
  ClosedError,
  ConfigError,
  DurableError,
  type DurableReason,
  EngineError,
  type ErrorCode,
  FileError,
  type Frame,
  ImageError,
  KilledError,
  LimitError,
  OptionError,
  PoolError,
  ProtocolError,
  PythonError,
  type PythonErrorDetails,
  SallyportError,
  SnapshotError,
} from "./errors.js";
export { type ArchiveFileSystem, type ArchiveOptions, archive } from "./fs/archive/archive.js";
export type { ArchiveLimits } from "./fs/archive/index.js";
export { ArchiveError } from "./fs/archive/source.js";
export { type CopyOptions, copyFiles } from "./fs/copy.js";
export { type DirectoryFileSystem, type DirectoryOptions, directory } from "./fs/directory/directory.js";
export type { FilterOptions } from "./fs/directory/filter.js";
export type { GrowthLimits } from "./fs/directory/growth.js";
export type { LinkPolicy } from "./fs/directory/links.js";
export type {
  Appended,
  AttributeChanges,
  Creation,
  DirectoryEntry,
  Figures,
  FileSystem,
  FileType,
  Inode,
  OpenFile,
  OpenMode,
  RenameMode,
  Stat,
} from "./fs/filesystem.js";
export {
  type Contents,
  type FunctionFile,
  type FunctionFileSystem,
  type FunctionFilesOptions,
  type FunctionTree,
  functions,
} from "./fs/functions.js";
export { type MemoryFileSystem, type MemoryOptions, memory } from "./fs/memory/memory.js";
export type { Quota } from "./fs/memory/space.js";
export type { Change } from "./fs/overlay/changes.js";
export { type ExportedChanges, type OverlayFileSystem, overlay } from "./fs/overlay/overlay.js";
export { writeTar } from "./fs/tar-writer.js";
export {
  type ExportOptions,
  exportTree,
  type Tree,
  type TreeAttributes,
  TreeDirectory,
  type TreeEntry,
  TreeFile,
  TreeLink,
} from "./fs/tree.js";
export {
  type CallContext,
  type CheckedFunctionOptions,
  DefinedFunction,
  defineFunction,
  type FunctionOptions,
  type Parameter,
} from "./functions/define.js";
export type { GuestFunction, GuestIterator } from "./functions/guest-objects.js";
export { RaiseError } from "./functions/host-error.js";
export type { Callable, PlainFunction } from "./functions/invoke.js";
export { Keywords, keywords } from "./functions/keywords.js";
export { HostProxy, type MethodNames, proxy } from "./functions/proxy.js";
export type { HostFunctions } from "./functions/spec.js";
export type { StandardSchema } from "./functions/standard-schema.js";
export { PreparedImage } from "./image/prepared.js";
export { Image, type ImageOptions } from "./image.js";
export type { ClockOptions } from "./kernel/clock.js";
export { EndedByInterceptor, InterceptorError } from "./kernel/ending.js";
export type { Identity, IdentityOptions, Uname } from "./kernel/identity.js";
export {
  end,
  type Interceptor,
  type Interceptors,
  type Next,
  type Operation,
  refuse,
} from "./kernel/interception.js";
export type { Observed, Observer } from "./kernel/observe.js";
export { type FileRules, RuledErrno } from "./kernel/policy.js";
export type { DurableOptions, Fsync } from "./options/durable.js";
export type { Limits, RunLimits } from "./options/limits.js";
export type { EngineChoice, Input, RecordOptions, RunOptions, SandboxOptions } from "./options/sandbox.js";
export { Pool, type PoolMetrics, type PoolOptions } from "./pool/pool.js";
export type { StockMetrics } from "./pool/stock.js";
export type { ProgramGuest } from "./programs/guest.js";
export { type RpythonOptions, rpython } from "./programs/rpython.js";
export { type ProgramOptions, ProgramSandbox } from "./programs/sandbox.js";
export { type WasiOptions, wasi } from "./programs/wasi.js";
export type { Check, Completions, ErrorInfo, Inspection, SyntaxPlace } from "./protocol/messages.js";
export type { Difference, Interruption } from "./replay/course.js";
export type { Look } from "./replay/look/look.js";
export type { Evaluated, LookFrame, LookVariable, Stack } from "./replay/look/messages.js";
export { type Replayed, type ReplayOptions, replay } from "./replay/replay.js";
export type { Until } from "./replay/target.js";
export * from "./result.js";
export { type OneShotOptions, type Program, Sandbox } from "./sandbox.js";
export type { FileInfo } from "./session/file-info.js";
export type { FileChange } from "./session/file-watch.js";
export type { ReadFileOptions, SandboxFiles } from "./session/files.js";
export type { OutputStream } from "./session/output.js";
export type { Run } from "./session/run.js";
export { Sessions, type SessionsOptions } from "./sleeping/sessions.js";
export { directoryStore, type SessionStore } from "./sleeping/store.js";
export { Snapshot } from "./snapshot/snapshot.js";
export { type Decoded, decodeRecord } from "./trace/decode.js";
export type { TraceEnd, TraceEvent } from "./trace/events.js";
export { TraceError, type TraceHeader, type TraceRecord } from "./trace/format.js";
export { TraceReader } from "./trace/reader.js";
export type { TraceOptions } from "./trace/writer.js";
export * from "./values/index.js";
export type { Awaitable } from "./wire/awaitable.js";
export { Errno, type ErrnoName } from "./wire/errno.js";
