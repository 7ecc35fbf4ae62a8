import { describe, expect, test } from "vitest";
import { campaignOver } from "./campaign.ts";
import { sharedPresent, sharedTitle } from "./run.ts";

// The whole campaign is `npm run campaign`; here are the small captures, and one seed a run.
const seed = Math.floor(Math.random() * 2 ** 32);

describe.skipIf(!sharedPresent)(`loss, filters and cuts, seed ${seed}${sharedTitle}`, () => {
  test.each([
    "driver-kick-rfcv2-packed",
    "driver-numfree-leak-packed",
    "driver-offwrap-stale-packed",
    "driver-stock-packed",
    "driver-usedwrap-noflip-packed",
    "packed-irq",
    "packed-snap16",
    "packed-snap32-ind",
  ])("%s: no false alarm, and what is proven is found", async (capture) => {
    const { lines, failed } = await campaignOver(capture, seed);
    expect(failed, lines.join("\n")).toBe(0);
  });
});
