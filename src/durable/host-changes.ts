import { DurableError } from "../errors.js";
import { ByteWriter } from "../wire/bytes.js";
import { readerOf } from "./format.js";

/** What the host does to the guest's files from outside. */
export type HostChange =
  | { readonly kind: "write"; readonly path: string; readonly data: Uint8Array }
  | { readonly kind: "mkdir" | "remove"; readonly path: string }
  | { readonly kind: "rename"; readonly path: string; readonly to: string };

const KINDS = ["write", "mkdir", "remove", "rename"] as const;

export const encodeChange = (change: HostChange): Uint8Array => {
  const body = new ByteWriter().u8(KINDS.indexOf(change.kind)).text(change.path);
  if (change.kind === "write") body.data(change.data);
  else if (change.kind === "rename") body.text(change.to);
  return body.bytes;
};

/** Throws DurableError for what is none. */
export const decodeChange = (bytes: Uint8Array): HostChange => {
  const body = readerOf(bytes);
  const kind = KINDS[body.u8()];
  const path = body.text();
  const change = ((): HostChange => {
    switch (kind) {
      case "write":
        return { kind, path, data: new Uint8Array(body.data()) };
      case "rename":
        return { kind, path, to: body.text() };
      case "mkdir":
      case "remove":
        return { kind, path };
      default:
        throw new DurableError("damaged", "the journal is damaged: there is no such change of files");
    }
  })();
  body.end();
  return change;
};
