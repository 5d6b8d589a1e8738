import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";

/** A token, or what gives it before each call: where it changes while the client lives. */
export type Token = string | (() => string | Promise<string>);

/**
 * Sends a token with each call, as `authorization: Bearer …`: for a transport of your own. Where it cannot be had, or is
 * none, the call fails with UNAUTHENTICATED. Throws a `TypeError` for a text that is no token.
 *
 * @example
 * createClientOn(createConnectTransport({ baseUrl, interceptors: [bearerToken(token)] }));
 */
export function bearerToken(token: Token): Interceptor {
  if (typeof token === "string") checkToken(token);
  return (next) => async (request) => {
    request.header.set("authorization", `Bearer ${typeof token === "string" ? token : await had(token)}`);
    return next(request);
  };
}

/** Its text is nobody's business: what is wrong with it is told without it. */
function checkToken(token: string): void {
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token))
    throw new TypeError("Token has other characters than letters, digits and ._~+/-");
}

async function had(token: () => string | Promise<string>): Promise<string> {
  try {
    const text = await token();
    checkToken(text);
    return text;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConnectError(why, Code.Unauthenticated, undefined, undefined, error);
  }
}
