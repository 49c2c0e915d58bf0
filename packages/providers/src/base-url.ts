/** Where a vendor is asked: at its own address unless another is given. Without a slash at the end. */
export const baseUrlOf = ({ baseUrl }: { baseUrl?: string | undefined }, own: string): string =>
  (baseUrl ?? own).replace(/\/+$/, "");
