/** How a manifest describes an artifact. */
import { createHash } from "node:crypto";

export interface Artifact {
  /** Bytes. */
  readonly size: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

export const artifact = (bytes: Uint8Array): Artifact => ({
  size: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
});
