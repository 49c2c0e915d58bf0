import { describeHttp } from "@infill/functions/testing";
import { startLocalRuntime } from "./testing/test-stack.ts";

describeHttp("the local stack", startLocalRuntime);
