/** For `sallyport.config.ts`: `export const config = defineConfig({ … })`. */
import type { Config } from "./cli/config-schema.js";

export type { Config };

/** Answers its argument, which the editor and the compiler check. */
export const defineConfig = (config: Config): Config => config;
