import { render } from "preact";
import { App } from "./app.tsx";
import { goLive } from "./live.ts";
import { followAddress } from "./route.ts";

followAddress();
goLive();
render(<App />, document.getElementById("page") ?? document.body);
