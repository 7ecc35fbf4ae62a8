import { Box, Text, useInput } from "ink";
import { memo, useState, useSyncExternalStore } from "react";
import { Keys } from "../keys.ts";
import type { Store } from "../store.ts";

/** A row is drawn again only when its text has changed. */
const Row = memo(({ text }: { readonly text: string }) => <Text wrap="truncate">{text}</Text>);

/** Rows below the body: the place, and the line of hints, messages and typing. */
export const FOOT_ROWS = 2;

/** The screen: what stands around the body, and keys. The body goes to the painter as it is. */
export function Screen({ store }: { readonly store: Store }) {
  const lines = useSyncExternalStore(store.subscribe, store.lines);
  const [keys] = useState(() => new Keys(store.dispatch, () => store.model.prompt !== undefined));
  useInput(keys.input);
  const around = [lines[0] ?? "", ...lines.slice(-FOOT_ROWS)];
  return (
    <Box flexDirection="column">
      {around.map((text, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its place
        <Row key={at} text={text} />
      ))}
    </Box>
  );
}
