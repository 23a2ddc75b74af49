/** One side of a conversation with a guest that does not speak our frames. */
export interface Speaker {
  /** Takes bytes that the guest wrote, in any pieces. */
  feed(chunk: Uint8Array): void;
}

/** What a speaker has to say. */
export interface SpeakerEvents {
  /** Bytes for the guest; each answer comes whole, in one call. */
  send(bytes: Uint8Array): void;
  /** The guest broke the protocol; it must be killed. */
  violation(message: string): void;
  /** The guest asked for a function that nobody knows. */
  unknown(name: string): void;
  /** The guest leaves with this status, 0 to 255. */
  exit(status: number): void;
  /** The controller's side failed: an interceptor, a file system of the user's. */
  failed(error: unknown): void;
}
