import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { account, player, view, watchForLeaving } from "./lib/app";
import { debugged } from "./lib/debug";
import { connectMediaKeys } from "./lib/player/mediasession";

void account.resume().catch(() => {});
connectMediaKeys(player);
watchForLeaving();
if (new URLSearchParams(location.search).has("debug")) {
  Object.defineProperty(window, "legato", { value: debugged(player, view) });
}
mount(App, { target: document.getElementById("app")! });
// The player's code is there before the first tap, and never in the way of the first paint.
const idle: (work: () => void) => void = window.requestIdleCallback ?? ((work) => setTimeout(work, 800));
idle(() => player.warm());
