/** A saved state of a file system that cannot be taken back: what is wrong with it. */
export class StateError extends Error {
  override readonly name = "StateError";
  readonly code = "ERR_STATE";
}
