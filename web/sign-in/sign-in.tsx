import { Code } from "@connectrpc/connect";
import { useRef } from "preact/hooks";
import { goOn } from "../live.ts";
import type { Connection } from "../watch/connection.ts";
import type { Failure } from "../words/failure.ts";
import { keepToken, tokenOf } from "./token.ts";

/** Why the server lets this page see nothing; undefined where that is not so. */
export function refusalOf(connection: Connection): Failure | undefined {
  const { failure } = connection.kind === "over" ? connection : {};
  return failure?.code === Code.Unauthenticated || failure?.code === Code.PermissionDenied
    ? failure
    : undefined;
}

/** Asks for the token that the server wants, in the place of all that it would show. */
export function SignIn({ refusal }: { readonly refusal: Failure }) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        keepToken(field.current?.value ?? "");
        goOn();
      }}
    >
      <h1>This server asks for a token</h1>
      {tokenOf() !== "" && <p role="alert">{refusal.message}</p>}
      <label class="field">
        <span>Token</span>
        <input ref={field} type="password" autocomplete="off" spellcheck={false} required />
      </label>
      <p>It is kept in this tab until that is closed.</p>
      <button type="submit" class="primary">
        Go on
      </button>
    </form>
  );
}
