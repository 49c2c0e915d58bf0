import { describeDatedHttp } from "@infill/functions/testing";
import { startLocalRuntime } from "./testing/test-stack.ts";

// when models that are served today are not any more
describeDatedHttp("the local stack, in 2027", () => startLocalRuntime({ startAt: Date.UTC(2027, 0, 1) }));
