/** Why the state of a kernel or of a file system cannot be saved, or what is wrong with one that is to be taken back. */
export class StateError extends Error {
  override readonly name = "StateError";
  readonly code = "ERR_STATE";
}
