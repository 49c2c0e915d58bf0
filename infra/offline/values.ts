const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** A value as Pulumi's wire has it, with secrets opened and assets named. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  if (fields[SIGNATURE] === SECRET) return withoutSecrets(fields["value"]);
  if (fields["__pulumiAsset"] || fields["__pulumiArchive"]) return { asset: true };
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, withoutSecrets(field)]));
}
