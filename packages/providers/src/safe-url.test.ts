import { describe, expect, test } from "vitest";
import { HttpFailure } from "./http-failure.ts";
import { parseSafeUrl } from "./safe-url.ts";

const outside = { allowLoopback: false };
const local = { allowLoopback: true };

/** Every one is a way that somebody has reached, or tried to reach, something inside. */
const INSIDE = [
  // addresses, in every spelling that a resolver or a URL parser takes
  "https://0/",
  "https://0.0.0.0/",
  "https://10.0.0.1/",
  "https://012.0.0.1/",
  "https://172.16.0.1/",
  "https://192.168.1.1/",
  "https://192.168.257/",
  "https://100.64.0.1/",
  "https://169.254.169.254/latest/meta-data/",
  "https://169.254.169.254./latest/meta-data/",
  "https://2852039166/latest/meta-data/",
  "https://0xa9fea9fe/",
  "https://%31%36%39.254.169.254/",
  "https://①⑥⑨.②⑤④.①⑥⑨.②⑤④/",
  "https://169.254.170.2/v2/credentials",
  "https://[::]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[::ffff:7f00:1]/",
  "https://[::127.0.0.1]/",
  "https://[64:ff9b::7f00:1]/",
  "https://[fe80::1]/",
  "https://[fc00::1]/",
  "https://[fd00:ec2::254]/",
  // a public address is still an address
  "https://1.1.1.1/",
  "https://[2606:4700::1111]/",
  // names that only mean something inside
  "https://localhost./",
  "https://app.localhost/",
  "https://metadata/",
  "https://instance-data/latest/meta-data/",
  "https://metadata.google.internal/",
  "https://METADATA.google.internal/",
  "https://metadata.google.internal./",
  "https://printer.local/",
  "https://router.home.arpa/",
  "https://example.com./",
  // not https
  "http://example.com/",
  "ftp://example.com/",
  "file:///etc/passwd",
  "gopher://example.com/",
  "data:image/png;base64,AAAA",
  "javascript:alert(1)",
  "//example.com/",
  "example.com",
  "",
  // a user part that looks like the host
  "https://example.com@10.0.0.1/",
  "https://user:password@example.com/",
  "https://user@localhost/",
];

const THIS_MACHINE = [
  "https://127.0.0.1/",
  "http://127.0.0.1:9000/x",
  "https://127.1/",
  "https://127.0.0.1./",
  "https://2130706433/",
  "https://017700000001/",
  "https://0x7f000001/",
  "https://0x7f.0.0.1/",
  "https://0177.0.0.1/",
  "https://%31%32%37.0.0.1/",
  "https://１２７.０.０.１/",
  "https://[::1]/",
  "https://localhost/",
  "http://LOCALHOST:80/",
];

describe("a URL somebody else wrote", () => {
  test.each([...INSIDE, ...THIS_MACHINE])("%s is refused", (url) => {
    expect(() => parseSafeUrl(url, outside)).toThrow(HttpFailure);
  });

  test.each([
    "https://example.com/",
    "https://EXAMPLE.com:8443/a?b#c",
    "https://pub-8b49af329fae499aa563997f5d4068a4.r2.dev/generations/x.png",
    "https://xn--bcher-kva.example.org/",
    // a backslash is a slash to the parser: this asks example.com
    "https://example.com\\@10.0.0.1/",
  ])("%s is let through", (url) => {
    expect(parseSafeUrl(url, outside).hostname).toMatch(/\./);
  });

  test("is refused without repeating its path, query or password", () => {
    const refuse = () => parseSafeUrl("https://me:hunter2@10.0.0.1/private?X-Amz-Signature=abc", outside);
    expect(refuse).toThrow(/^10\.0\.0\.1: the address may not carry a user or password$/);
  });

  test.each(THIS_MACHINE)("%s is let through in local play", (url) => {
    expect(parseSafeUrl(url, local).hostname).toMatch(/^(127\.0\.0\.1|\[::1\]|localhost)$/);
  });

  test.each(INSIDE)("%s is refused in local play as well", (url) => {
    expect(() => parseSafeUrl(url, local)).toThrow(HttpFailure);
  });
});
