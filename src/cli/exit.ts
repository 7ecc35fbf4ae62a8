/** Exit codes that scripts rely on. */
export const EXIT = { clean: 0, findings: 1, usage: 2, inconclusive: 3, bug: 70 } as const;
