/*
 * [   52.899160] text                             printk's time: of printing, not of the event
 * [   52.899160][  T286] text                     with the caller
 * <4>[   52.899160] text                          with the level
 * Nov 23 00:13:12 guest kernel: [   52.899160] text    syslog; the journal leaves out printk's time
 * [Mon Nov 23 00:13:12 2026] text                 dmesg -T
 */
const PREFIX =
  /^.{0,96}?(?:\[ *\d{1,10}\.\d{6}\](?:\[ *[TC]\d{1,10}\])?|\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\]|kernel:(?: \[ *\d{1,10}\.\d{6}\](?:\[ *[TC]\d{1,10}\])?)?) /;

/** Characters that a console or a log daemon put before what the kernel said; 0 where none did. */
export function consolePrefix(text: string): number {
  return PREFIX.exec(text)?.[0].length ?? 0;
}

export type ConsoleRemark = "dump" | "empty dump" | "dropped" | "other";

/** What a line of the kernel's log is that is no event; `text` is without its prefix. */
export function consoleRemark(text: string): ConsoleRemark {
  if (/^Dumping ftrace buffer:/.test(text)) return "dump";
  if (/^ *\(ftrace buffer empty\)/.test(text)) return "empty dump";
  if (/^\*\* \d+ printk messages dropped \*\*/.test(text)) return "dropped";
  return "other";
}
