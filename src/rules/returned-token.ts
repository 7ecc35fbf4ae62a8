import type { BufferChecked } from "../replay/observation.ts";
import type { Judge } from "./rule.ts";

/** The two token rules judge alike; they differ in which stranger came back. */
export function judgeReturn(
  seen: BufferChecked,
  judge: Judge,
  problem: "never-added" | "returned-twice",
  words: { readonly what: string; readonly found: string; readonly shape: string },
): void {
  if (seen.undecided !== undefined) {
    judge.undecided(seen.undecided);
    return;
  }
  if (seen.problem === undefined) {
    judge.satisfied();
    return;
  }
  // The other rule's to say.
  if (seen.problem !== problem) return;
  judge.violated({
    place: seen.place,
    message: `get_buf returned ${words.what}, with ${seen.inFlight} buffers in flight`,
    expected: "the token of a buffer in flight",
    found: words.found,
    evidence: seen.evidence,
    clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.6" : "virtio-1.3/2.7.8",
    shape: words.shape,
  });
}
