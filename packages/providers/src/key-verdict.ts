/** What a vendor's answer to a free question tells of a key. */
export interface KeyVerdict {
  /** `unclear`: the vendor did not answer, or nothing that tells a good key from a bad one. */
  key: "works" | "refused" | "unclear";
  /** One line for the operator, without the key. */
  says: string;
}
