export { createSqliteRecords } from "./sqlite.ts";
