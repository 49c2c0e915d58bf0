import { describe, expect, test } from "vitest";
import { assertPublic } from "./public-address.ts";

describe("what DNS says", () => {
  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "192.0.2.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001::1",
    "fe80::1",
    "fd00:ec2::254",
    "4000::1",
    "nonsense",
  ])("%s is not public", (address) => {
    expect(() => assertPublic("innocent.example.com", [address])).toThrow(/^innocent\.example\.com resolves to an/);
  });

  test("one inside address among public ones spoils them all", () => {
    expect(() => assertPublic("rebind.example.com", ["93.184.216.34", "10.0.0.1"])).toThrow(/private/);
  });

  test("public addresses pass", () => {
    expect(() => assertPublic("example.com", ["93.184.216.34", "2606:4700::1111"])).not.toThrow();
  });
});
