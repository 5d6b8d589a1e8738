import { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import type { Access } from "../../rpc/access.ts";
import type { Role } from "../../rpc/roles.ts";
import { type Answer, challenge, textAnswer } from "./answer.ts";
import type { Pages } from "./routes.ts";

/** The pages, for those alone who have this role; what they do not know stays unknown to all. */
export function restrictedPages(pages: Pages, { paths, needed, access }: Restriction): Pages {
  return (request) => {
    const { path, credentials } = request;
    if (!paths.includes(path)) return undefined;
    try {
      access.admit(needed, { shown: credentials, what: () => path });
    } catch (error) {
      if (error instanceof ConnectError) return refusal(error);
      throw error;
    }
    return pages(request);
  };
}

export interface Restriction {
  readonly paths: readonly string[];
  readonly needed: Role;
  readonly access: Access;
}

function refusal({ code, rawMessage }: ConnectError): Answer {
  const status = codeToHttpStatus(code);
  return textAnswer(status, rawMessage, status === 401 ? challenge : []);
}
