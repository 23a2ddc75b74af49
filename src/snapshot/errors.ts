/** A snapshot cannot be taken, or is none that can be restored here; the message says why. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
  readonly code = "ERR_SNAPSHOT";
}
