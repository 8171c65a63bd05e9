import { describe, expect, it } from "vitest";
import type { Deal } from "../src/lib/api/types";
import { paid, period, places } from "../src/lib/deals";

const deal = (changes: Partial<Deal> = {}): Deal => ({
  territories: ["SE", "DE"],
  excluded_territories: [],
  models: ["SubscriptionModel"],
  uses: ["OnDemandStream"],
  start: "2030-01-01T00:00:00+02:00",
  end: null,
  max_quality: null,
  label: "",
  distributor: "",
  splits: [],
  ...changes,
});

describe("a deal in the operator's table", () => {
  it("names its places in order, and few of many", () => {
    expect(places(deal())).toBe("DE, SE");
    expect(places(deal({ territories: ["Worldwide"], excluded_territories: ["US", "DE"] }))).toBe("Worldwide but DE, US");
    const many = Array.from({ length: 15 }, (_, n) => `A${String.fromCharCode(65 + n)}`);
    expect(places(deal({ territories: many }))).toMatch(/^AA, AB, .* AL and 3 more$/);
  });

  it("tells its window in UTC to the second, whatever zone it was written in", () => {
    expect(period(deal())).toBe("from 2029-12-31 22:00:00 UTC");
    expect(period(deal({ end: "2030-06-01T12:00:01Z" }))).toBe("2029-12-31 22:00:00 UTC until 2030-06-01 12:00:01 UTC");
  });

  it("says who is paid, in per cent of a hundredth", () => {
    expect(paid(deal())).toBe("nobody named");
    expect(paid(deal({ label: "Blue" }))).toBe("Blue");
    const splits = [
      { payee: "Ann", basis_points: 6_025 },
      { payee: "Ben", basis_points: 3_975 },
    ];
    expect(paid(deal({ label: "Blue", splits }))).toBe("Ann 60.25 %, Ben 39.75 %");
  });
});
