import type { Scenario } from "@infill/providers/testing";
import type { LinkFault } from "@infill/simulators";

/** The contract's scenarios of links, by how a simulator is made to play them. */
export const linkScenarios = <Behaviour>(behave: (links: LinkFault) => Behaviour) =>
  ({
    "links inside": behave("redirect-private"),
    "links to a page": behave("html"),
    "links to garbage": behave("garbage"),
    "links to an endless file": behave("oversized"),
    "links to a huge file": behave("oversized-declared"),
    "links to nothing": behave("missing"),
    "links to a hanging server": behave("hang"),
    "links to a cut-off file": behave("cut-off"),
  }) satisfies Partial<Record<Scenario, Behaviour>>;
