import { expect, inject, test } from "vitest";
import { allOf, find, functionNamed } from "./offline/graph.ts";

const graph = inject("production");

test("callbacks go to the webhook's function, everything else to the api's", () => {
  const integrations = allOf(graph, "aws:apigatewayv2/integration:Integration");
  const routes = allOf(graph, "aws:apigatewayv2/route:Route").map(({ parent, inputs }) => [
    inputs.routeKey,
    integrations.find((integration) => integration.parent === parent)?.inputs.integrationUri,
  ]);
  const arnOf = (name: string) => expect.stringContaining(`:${functionNamed(graph, name).inputs.name}`);
  expect(Object.fromEntries(routes)).toEqual({
    $default: arnOf("Api"),
    "POST /webhooks/{provider}/{token}": arnOf("Webhook"),
  });
});

test("the access log says what was asked, never the path: callbacks and result links are capabilities", () => {
  const stage = find(graph, "aws:apigatewayv2/stage:Stage", "GatewayStage").inputs;
  expect(Object.values(JSON.parse(stage.accessLogSettings.format))).toContain("$context.routeKey");
  expect(stage.accessLogSettings.format).not.toMatch(/path/i);
  expect(stage.accessLogSettings.destinationArn).toMatch(/:log-group:/);
});

test("a flood is throttled before it wakes a function", () => {
  const { defaultRouteSettings } = find(graph, "aws:apigatewayv2/stage:Stage", "GatewayStage").inputs;
  expect(defaultRouteSettings).toEqual({ throttlingBurstLimit: 200, throttlingRateLimit: 100 });
});

test("browsers are answered by the api itself", () => {
  expect(find(graph, "aws:apigatewayv2/api:Api", "GatewayApi").inputs.corsConfiguration ?? {}).toEqual({});
});

test("links and callbacks name the gateway", () => {
  for (const name of ["Api", "InpaintHandler", "NotifyHandler"])
    expect(functionNamed(graph, name).inputs.environment.variables.PUBLIC_URL).toBe(graph.outputs["url"]);
});

test("a domain is the API's, with a certificate of its own, and what links and callbacks name", () => {
  const personal = inject("personal");
  expect(personal.outputs["url"]).toBe("https://edit.example.com");
  const domain = find(personal, "aws:apigatewayv2/domainName:DomainName", "GatewayDomainName").inputs;
  const certificate = find(personal, "aws:acm/certificate:Certificate", "GatewaySslCertificate").inputs;
  expect(domain).toMatchObject({
    domainName: "edit.example.com",
    domainNameConfiguration: { endpointType: "REGIONAL", securityPolicy: "TLS_1_2" },
  });
  expect(certificate).toMatchObject({ domainName: "edit.example.com", validationMethod: "DNS" });
  const records = allOf(personal, "aws:route53/record:Record").filter(
    ({ inputs }) => inputs.name === "edit.example.com",
  );
  expect(records.map(({ inputs }) => inputs.type).sort()).toEqual(["A", "AAAA"]);
  for (const name of ["Api", "InpaintHandler"])
    expect(functionNamed(personal, name).inputs.environment.variables.PUBLIC_URL).toBe("https://edit.example.com");
  expect(allOf(graph, "aws:apigatewayv2/domainName:DomainName")).toEqual([]);
});
