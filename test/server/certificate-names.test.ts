import { describe, expect, it } from "vitest";
import { certificateNames } from "../../src/server/certificate-names.ts";

function names(subjectaltname: string, CN?: unknown): readonly string[] {
  return certificateNames({ subject: { CN } as never, subjectaltname });
}

describe("certificateNames()", () => {
  it("are the common name and the alternative ones", () => {
    expect(
      names("DNS:a.example, URI:spiffe://example/a, email:a@b.example, IP Address:10.0.0.1", "a"),
    ).toEqual(["CN=a", "DNS:a.example", "URI:spiffe://example/a", "email:a@b.example"]);
  });

  it("are none of several common names, and none without a certificate", () => {
    expect(names("", ["a", "b"])).toEqual([]);
    expect(certificateNames(undefined)).toEqual([]);
    expect(certificateNames({})).toEqual([]);
  });

  it("take what is in quotes for one name, whatever it looks like", () => {
    expect(names('DNS:"a, URI:spiffe://evil, b", URI:good')).toEqual([
      "DNS:a, URI:spiffe://evil, b",
      "URI:good",
    ]);
    expect(names('DirName:"O=x, URI:spiffe://evil, y"')).toEqual([]);
    expect(names('URI:"a\\", URI:evil, \\"b"')).toEqual(['URI:a", URI:evil, "b']);
  });

  it("are none where they are not understood to their end", () => {
    expect(names('DNS:a, URI:"evil')).toEqual([]);
    expect(names("DNS:a,URI:evil")).toEqual([]);
    expect(names("URI:evil, nonsense")).toEqual([]);
  });
});
