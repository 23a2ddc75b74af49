/**
 * The part of Standard Schema (standardschema.dev, version 1) that is needed to check arguments with any library
 * that implements it: zod, valibot, arktype, …
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["output"];

/** "id: expected a number; rows[2].name: too long". */
export const describeIssues = (issues: readonly SchemaIssue[]): string =>
  issues
    .slice(0, 8)
    .map((issue) => {
      const path = (issue.path ?? [])
        .map((part) => (typeof part === "object" ? part.key : part))
        .map((key, index) =>
          typeof key === "number" ? `[${key}]` : index === 0 ? String(key) : `.${String(key)}`,
        )
        .join("");
      return path === "" ? issue.message : `${path}: ${issue.message}`;
    })
    .join("; ");
