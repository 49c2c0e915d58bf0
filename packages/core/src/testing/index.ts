export { type DurableBench, type DurableWorkflow, describeDurable } from "./durable-contract.ts";
export { describeObjects, type ObjectsUnderTest } from "./objects-contract.ts";
export { describeRecords, type RecordsUnderTest } from "./records-contract.ts";
export * from "./samples.ts";
