/** What a body says, by field. */
export type Fields = Readonly<Record<string, unknown>>;

/** A behaviour and the submits it is for. */
export type RuleOf<Behaviour> = Behaviour & {
  /** Text in the prompt, a pattern of the prompt, or a test of the whole body; without it every submit matches. */
  when?: string | RegExp | ((body: Fields) => boolean);
  /** How many submits it is good for: 1 by default, `Infinity` until it is withdrawn. */
  times?: number;
};

export interface RulebookOf<Behaviour> {
  /** What holds where no rule does. */
  readonly standard: Behaviour;
  /** @returns a function that withdraws the rule */
  add(rule: RuleOf<Behaviour>): () => void;
  /** Spends a rule that acts before the body is read, where one is next in line. */
  takeUnread(): boolean;
  /** Spends the rule that this body meets: counted rules first, oldest first; then standing ones, newest first. */
  take(body: Fields): Behaviour;
}

/** Acts before the body is read. */
const UNREAD = "reset-unread";

export function createRulebook<Behaviour extends { answer?: string }>(standard: Behaviour): RulebookOf<Behaviour> {
  type Rule = RuleOf<Behaviour>;
  let counted: { rule: Rule; left: number }[] = [];
  let standing: Rule[] = [];

  function spend(matches: (rule: Rule) => boolean): Rule | undefined {
    const entry = counted.find(({ rule }) => matches(rule));
    if (entry === undefined) return standing.find(matches);
    entry.left -= 1;
    if (entry.left <= 0) counted = counted.filter((other) => other !== entry);
    return entry.rule;
  }

  return {
    standard,
    add(rule) {
      if (rule.answer === UNREAD && rule.when !== undefined) {
        throw new Error(`answer "${UNREAD}" acts before the body is read, so \`when\` cannot look at it`);
      }
      const times = rule.times ?? 1;
      if (times === Infinity) standing = [rule, ...standing];
      else counted.push({ rule, left: times });
      return () => {
        counted = counted.filter((entry) => entry.rule !== rule);
        standing = standing.filter((other) => other !== rule);
      };
    },
    takeUnread() {
      const next = [...counted.map(({ rule }) => rule), ...standing, standard as Rule].find(
        ({ when }) => when === undefined,
      );
      if (next?.answer !== UNREAD) return false;
      spend((rule) => rule === next);
      return true;
    },
    take(body) {
      return { ...standard, ...spend((rule) => meets(rule.when, body)) };
    },
  };
}

function meets(when: RuleOf<unknown>["when"], body: Fields): boolean {
  if (when === undefined) return true;
  if (typeof when === "function") return when(body);
  const { prompt } = body;
  const words = typeof prompt === "string" ? prompt : "";
  return typeof when === "string" ? words.includes(when) : when.test(words);
}
