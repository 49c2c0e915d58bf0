import { created, lookedUp, type Properties } from "./aws-outputs.ts";
import type { Resource } from "./graph.ts";
import { withoutSecrets } from "./values.ts";

/** Of `@pulumi/pulumi/runtime/mocks`: what the program's resources and look-ups arrive at. */
interface MonitorClass {
  new (mocks: {
    newResource(resource: { type: string; name: string; inputs: Properties }): { id: string; state: Properties };
    call(call: { token: string; inputs: Properties }): Properties;
  }): {
    registerResource(request: Message, answer: Answer): unknown;
    registerResourceOutputs(request: Message, answer: Answer): unknown;
  };
}
// biome-ignore lint/suspicious/noExplicitAny: Pulumi's generated messages
type Message = any;
type Answer = (error: Error | null, response?: unknown) => void;

/** A resource as it was asked for, and what its component says of itself. */
export interface Recorded extends Resource {
  custom: boolean;
  outputs?: Properties;
}

/**
 * What the program's resources and look-ups arrive at: Pulumi's own mock monitor, which also writes
 * them down.
 *
 * @param require of the program's own `@pulumi/pulumi`
 */
export function recordingMonitor(require: NodeJS.Require, { project, stage }: { project: string; stage: string }) {
  const { MockMonitor } = require("@pulumi/pulumi/runtime/mocks") as { MockMonitor: MonitorClass };
  const { deserializeProperties } = require("@pulumi/pulumi/runtime/rpc");
  const byUrn = new Map<string, Recorded>();
  class Monitor extends MockMonitor {
    /** The stock one puts the stack's type before every other; the real engine does not. */
    newUrn(parent: string | undefined, type: string, name: string): string {
      const above = parent?.split("::")[2] ?? "";
      const nested = above === "" || above === "pulumi:pulumi:Stack" ? type : `${above}$${type}`;
      return `urn:pulumi:${stage}::${project}::${nested}::${name}`;
    }
    override registerResource(request: Message, answer: Answer) {
      const [type, name] = [request.getType(), request.getName()];
      const urn = this.newUrn(request.getParent(), type, name);
      if (byUrn.has(urn)) return answer(new Error(`There are two resources ${urn}`));
      byUrn.set(urn, {
        urn,
        type,
        name,
        custom: request.getCustom(),
        ...(request.getParent() ? { parent: request.getParent() } : {}),
        inputs: withoutSecrets(deserializeProperties(request.getObject(), true)),
        dependencies: request.getDependenciesList(),
        protect: request.getProtect() ?? false,
        retainOnDelete: request.getRetainondelete() ?? false,
      });
      return super.registerResource(request, answer);
    }
    override registerResourceOutputs(request: Message, answer: Answer) {
      const resource = byUrn.get(request.getUrn());
      if (resource) resource.outputs = withoutSecrets(deserializeProperties(request.getOutputs(), true)) as Properties;
      return super.registerResourceOutputs(request, answer);
    }
  }
  const monitor = new Monitor({
    newResource: ({ type, name, inputs }) => created(type, name, inputs),
    call: ({ token, inputs }) => lookedUp(token, inputs),
  });
  return { monitor, registered: () => [...byUrn.values()] };
}
