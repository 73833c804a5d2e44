// main.tsx - the order in which things begin.
import { render } from "preact";
import { App } from "./app";
import { loadChart } from "./chart";
import { loadAll } from "./checks";
import { loadSuggestions, startAccess } from "./commands";
import { startKeys } from "./keys";
import { startRefresh } from "./refresh";
import { startRoute } from "./route";
import { startStream } from "./stream";
import { startTheme } from "./theme";
import { startTitle } from "./title";
import { takeToken } from "./token";

takeToken();
startTheme();
startRoute();
startKeys();
void loadAll();
startStream();
startAccess();
startRefresh();
startTitle();
void loadSuggestions();

const place = document.getElementById("app");
if (place) render(<App />, place);
setTimeout(loadChart, 0);
