import type { Frame } from "../errors.js";
import type { ErrorInfo, SyntaxPlace } from "./messages.js";
import type { Shape } from "./shape.js";

export const readErrorInfo = (shape: Shape): ErrorInfo => ({
  type: shape.text("type"),
  qualified: shape.text("qualified"),
  message: shape.text("message"),
  traceback: shape.text("traceback"),
  frames: shape.maps("frames").map(readFrame),
  ...(shape.has("syntax") ? { syntax: readSyntax(shape.map("syntax")) } : {}),
  notes: shape.texts("notes"),
  ...(shape.has("cause") ? { cause: readErrorInfo(shape.map("cause")) } : {}),
  ...(shape.has("context") ? { context: readErrorInfo(shape.map("context")) } : {}),
  ...(shape.has("exceptions") ? { exceptions: shape.maps("exceptions").map(readErrorInfo) } : {}),
  ...(shape.has("value") ? { value: shape.bytes("value") } : {}),
});

const readFrame = (shape: Shape): Frame => ({
  file: shape.text("file"),
  line: shape.count("line"),
  ...(shape.has("column") ? { column: shape.count("column") } : {}),
  ...readEnd(shape),
  function: shape.text("function"),
});

const readSyntax = (shape: Shape): SyntaxPlace => ({
  file: shape.text("file"),
  line: shape.count("line"),
  column: shape.count("column"),
  ...readEnd(shape),
});

const readEnd = (shape: Shape): { endLine?: number; endColumn?: number; source?: string } => ({
  ...(shape.has("endLine") ? { endLine: shape.count("endLine") } : {}),
  ...(shape.has("endColumn") ? { endColumn: shape.count("endColumn") } : {}),
  ...(shape.has("source") ? { source: shape.text("source") } : {}),
});
