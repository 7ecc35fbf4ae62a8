import { Box, Text, useInput } from "ink";
import { memo, useSyncExternalStore } from "react";
import { messagesOf } from "../keys.ts";
import type { Store } from "../store.ts";

/** A row is drawn again only when its text has changed. */
const Row = memo(({ text }: { readonly text: string }) => <Text wrap="truncate">{text}</Text>);

/** The screen: rows of text, and keys. */
export function Screen({ store }: { readonly store: Store }) {
  const lines = useSyncExternalStore(store.subscribe, store.lines);
  useInput((input, key) => {
    const typing = store.model.prompt !== undefined;
    for (const msg of messagesOf(input, key, typing)) store.dispatch(msg);
  });
  return (
    <Box flexDirection="column">
      {lines.map((text, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its place
        <Row key={at} text={text} />
      ))}
    </Box>
  );
}
