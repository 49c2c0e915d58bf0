export { buildDocument, type OpenApi } from "./document.ts";
export { EXAMPLES_FILE, type Example, examples } from "./examples.ts";
export { OPERATIONS, type Operation } from "./operations.ts";
export { type Answered, createValidator, type Validator } from "./validator.ts";
