/** Whether this is Node itself: its streams have descriptors that can be used beside them, and it starts others of its kind. */
export const isNode =
  process.release.name === "node" && !("bun" in process.versions) && !("deno" in process.versions);
