/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app(input) {
    const production = input.stage === "production";
    const atCloudflare = process.env["INFILL_EDGE"] || process.env["INFILL_STORAGE"] === "r2";
    return {
      name: "infill",
      home: "aws",
      // production's data outlives a mistaken `sst remove`, and `protect` refuses one in the first place
      removal: production ? "retain" : "remove",
      protect: production,
      // the versions SST itself is made with
      providers: {
        aws: "7.20.0",
        random: "4.16.6",
        ...(atCloudflare ? { cloudflare: "6.15.0" } : {}),
      },
    };
  },

  async run() {
    // in the order in which one builds on the other
    await import("./infra/storage.ts");
    await import("./infra/secrets.ts");
    await import("./infra/gateway.ts");
    await import("./infra/workflow.ts");
    await import("./infra/api.ts");
    await import("./infra/compat.ts");
    await import("./infra/webhook.ts");
    await import("./infra/recovery.ts");
    await import("./infra/operator.ts");
    await import("./infra/alarms.ts");
    await import("./infra/dashboard.ts");
    const { url } = await import("./infra/gateway.ts");
    const { openAiUrl: openai } = await import("./infra/compat.ts");
    const { settings } = await import("./infra/stage.ts");
    const edge = settings.edge ? await import("./infra/edge.ts") : {};
    // printed when the deploy ends: where it is, where an OpenAI client finds it, and how to get in
    return { url, ...edge, openai, next: `npx infill keys create --stage ${$app.stage}` };
  },
});
