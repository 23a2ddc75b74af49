/** A fenced block of a page, with the text block right behind it, which is what it prints. */
export interface Block {
  readonly language: string;
  readonly code: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly expected: string | undefined;
}

/** The fenced code blocks of a Markdown page. */
export const blocksOf = (markdown: string): readonly Block[] => {
  const blocks: { language: string; code: string; line: number; end: number }[] = [];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const fence = /^```(\w*)/.exec(lines[at] ?? "");
    if (fence === null) continue;
    const start = at;
    const code: string[] = [];
    for (at++; at < lines.length && lines[at] !== "```"; at++) code.push(lines[at] ?? "");
    blocks.push({ language: fence[1] ?? "", code: `${code.join("\n")}\n`, line: start + 1, end: at + 1 });
  }
  return blocks.flatMap((block, index) => {
    if (block.language === "text") return [];
    const next = blocks[index + 1];
    const follows =
      next?.language === "text" && lines.slice(block.end, next.line - 1).every((line) => line === "");
    return [{ ...block, expected: follows ? next.code : undefined }];
  });
};
