import { Box, Text, useInput } from "ink";
import { memo, useState, useSyncExternalStore } from "react";
import { Keys } from "../keys.ts";
import type { Store } from "../store.ts";

/** A row is drawn again only when its text has changed. */
const Row = memo(({ text }: { readonly text: string }) => <Text wrap="truncate">{text}</Text>);

/** The screen: rows of text, and keys. */
export function Screen({ store }: { readonly store: Store }) {
  const lines = useSyncExternalStore(store.subscribe, store.lines);
  const [keys] = useState(() => new Keys(store.dispatch, () => store.model.prompt !== undefined));
  useInput(keys.input);
  return (
    <Box flexDirection="column">
      {lines.map((text, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its place
        <Row key={at} text={text} />
      ))}
    </Box>
  );
}
