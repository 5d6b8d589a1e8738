/**
 * For what comes by itself, as soon as the machine gets to it: `vi.waitFor` gives up after a second of its own, in which a
 * busy machine need not have got to anything. It is only how soon a test fails whose condition never comes.
 */
export const patience = { timeout: 30_000 } as const;
