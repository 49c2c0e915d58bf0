export * from "./objects.ts";
export * from "./presign.ts";
