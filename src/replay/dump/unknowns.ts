import type { DumpBuffer } from "../../model/ring-dump.ts";
import { NOT_WALKED } from "./buffer-walks.ts";
import type { DumpInput } from "./dump-input.ts";

/** What a dump of either layout may leave unsaid of its buffers' contents, one sentence each. */
export function contentUnknowns(buffers: readonly DumpBuffer[]): string[] {
  const unknown: string[] = [];
  const unread = buffers.filter(({ unreadTable }) => unreadTable !== null).length;
  if (unread > 0) {
    unknown.push(
      `what ${unread} indirect ${unread === 1 ? "table holds: its bytes are" : "tables hold: their bytes are"} not in the dump`,
    );
  }
  const unwalked = buffers.filter(({ broken }) => broken === NOT_WALKED).length;
  if (unwalked > 0) {
    unknown.push(
      `what ${unwalked === 1 ? "1 buffer holds: it is" : `${unwalked} buffers hold: they are`} not walked, for those ` +
        "before take more than a correct queue has in flight, or than is read of one dump",
    );
  }
  return unknown;
}

/** That the bytes may be of several moments, where nothing excludes it. */
export function instantUnknowns({ paused }: DumpInput): string[] {
  return paused
    ? []
    : ["whether the three areas are of one instant: nothing says that the guest stood still"];
}
