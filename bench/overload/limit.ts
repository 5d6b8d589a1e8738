/** Commands a second that the server under overload applies. */
export const limit = 200;
