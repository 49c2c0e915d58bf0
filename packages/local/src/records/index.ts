export { createSqliteRecords, type LocalRecords } from "./sqlite.ts";
