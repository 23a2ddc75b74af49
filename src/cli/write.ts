/** Writes chunks to a stream of this process; the promise holds the guest up while the stream is full. */
export const writeTo =
  (stream: NodeJS.WriteStream): ((chunk: Uint8Array) => Promise<void> | undefined) =>
  (chunk) => {
    if (stream.write(chunk)) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        stream.off("drain", done);
        stream.off("close", done);
        stream.off("error", done);
        resolve();
      };
      stream.once("drain", done);
      stream.once("close", done);
      stream.once("error", done);
    });
  };
