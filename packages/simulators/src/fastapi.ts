/** One thing that is wrong with a body, as FastAPI and Pydantic put it. */
export interface Problem {
  loc: (string | number)[];
  msg: string;
  type: string;
}

/** What a field may hold. `null` stands for "not given" where it is not required. */
export interface FieldRule {
  type: "string" | "integer" | "number" | "boolean";
  required?: true;
  min?: number;
  max?: number;
  maxLength?: number;
  values?: readonly string[];
}

export const problem = (field: string, msg: string, type = "value_error"): Problem => ({
  loc: ["body", field],
  msg,
  type,
});

/** Checks a JSON object by its schema. Stricter than most vendors: a field of another name is a problem too. */
export function checkFields(
  body: Readonly<Record<string, unknown>>,
  schema: Readonly<Record<string, FieldRule>>,
): Problem[] {
  const unknown = Object.keys(body).filter((name) => !(name in schema));
  return [
    ...unknown.map((name) => problem(name, "Extra inputs are not permitted", "extra_forbidden")),
    ...Object.entries(schema).flatMap(([name, rule]) => checkField(name, body[name], rule) ?? []),
  ];
}

function checkField(name: string, value: unknown, rule: FieldRule): Problem | undefined {
  if (value === undefined || value === null) {
    return rule.required ? problem(name, "Field required", "missing") : undefined;
  }
  const is = rule.type === "integer" ? Number.isSafeInteger(value) : typeof value === rule.type;
  if (!is) return problem(name, `Input should be a valid ${rule.type}`, `${rule.type}_type`);
  if (rule.values !== undefined && !rule.values.includes(String(value))) {
    return problem(name, `Input should be ${rule.values.map((each) => `'${each}'`).join(" or ")}`, "literal_error");
  }
  const { min = -Infinity, max = Infinity, maxLength = Infinity } = rule;
  if (typeof value === "number" && value < min) {
    return problem(name, `Input should be greater than or equal to ${min}`, "greater_than_equal");
  }
  if (typeof value === "number" && value > max) {
    return problem(name, `Input should be less than or equal to ${max}`, "less_than_equal");
  }
  if (typeof value === "string" && value.length > maxLength) {
    return problem(name, `String should have at most ${maxLength} characters`, "string_too_long");
  }
  return undefined;
}
